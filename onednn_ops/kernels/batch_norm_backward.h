#pragma once

// The backward pass of BatchNorm, Add and ReLU in two passes over memory: the sums of each channel,
// then the input's gradient. g is d_out, or 0 where the ReLU took its input for 0.

#include <cstdint>
#include <span>

#include "core/graph/tensor.h"
#include "onednn_ops/kernels/stores.h"

namespace lockstep {

/// Whole lines of an activation, the last of which may be incomplete; tensors all float32 or all
/// bfloat16.
struct GradientLines {
  Tensor d_out;
  Tensor in;
  std::span<const std::uint8_t> mask;  ///< as NormalizeAndReluWithMask wrote it; empty: no ReLU
  Stores stores = Stores::kCached;
};

/// What the first pass writes.
struct GradientSums {
  std::span<const float> mean;  ///< read: of each column
  std::span<float> sums;        ///< of each column, the sum of g, then the sum of g * (x - mean)
  Tensor d_other;               ///< = g; may be absent
};

/// Over the lines, on one thread, in float32.
void SumForGradients(const GradientLines& lines, const GradientSums& out);

/// Of each column: d_in = g * from_gradient + ((x - mean) * from_input + constant).
struct GradientTransform {
  std::span<const float> mean;
  std::span<const float> from_gradient;
  std::span<const float> from_input;
  std::span<const float> constant;
};

/// Writes `d_in`, which may be d_out, on one thread.
void TransformGradients(const GradientTransform& transform, const GradientLines& lines,
                        Tensor d_in);

}  // namespace lockstep
