#pragma once

// The backward pass of BatchNorm, Add and ReLU in two passes over memory: the sums of each channel,
// then the input's gradient. g is d_out where the mask is open, else 0.

#include <cstdint>
#include <span>

#include "core/graph/tensor.h"

namespace lockstep {

/// Whole lines of an activation, the last of which may be incomplete; tensors all float32 or all
/// bfloat16.
struct GradientLines {
  Tensor d_out;
  Tensor in;
  std::span<const std::uint8_t> mask;  ///< as NormalizeAndReluWithMask wrote it; empty: all open
};

/// For each column, the sum of g and the sum of g * (x - mean), each [width], over the lines, on
/// one thread. `mean` has `width` entries. Where `d_other` is present, d_other = g.
void SumForGradients(const GradientLines& lines, std::span<const float> mean, std::span<float> sums,
                     Tensor d_other);

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
