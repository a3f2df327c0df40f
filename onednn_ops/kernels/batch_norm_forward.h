#pragma once

// Normalization, sum and ReLU in one pass over memory: second half of BatchNorm's forward pass.

#include <cstdint>
#include <span>

#include "core/graph/tensor.h"
#include "onednn_ops/kernels/stores.h"

namespace lockstep {

/// y = (x - mean) * scale + shift, with an entry a column. The mean is not multiplied into the
/// shift: of large numbers near each other the difference is exact.
struct ColumnTransform {
  std::span<const float> mean;
  std::span<const float> scale;
  std::span<const float> shift;
};

/// Whole lines of an activation, the last of which may be incomplete; all float32 or all bfloat16.
struct NormalizedLines {
  Tensor in;
  Tensor other;  ///< added to y; may be absent
  Tensor out;    ///< may be `in` or `other`
  Stores stores = Stores::kCached;
};

/// out = y, plus other where it is present, in float32; on one thread.
void Normalize(const ColumnTransform& transform, const NormalizedLines& lines);

/// out = max(that, 0); a NaN stays one.
void NormalizeAndRelu(const ColumnTransform& transform, const NormalizedLines& lines);

/// As NormalizeAndRelu; bit i % 8 of mask[i / 8] tells whether element i was taken for 0. The bits
/// behind the last element are anything.
void NormalizeAndReluWithMask(const ColumnTransform& transform, const NormalizedLines& lines,
                              std::span<std::uint8_t> mask);

}  // namespace lockstep
