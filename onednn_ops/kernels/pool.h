#pragma once

// The largest element or the mean of each window of an image [N, H, W, C], channel by channel, and
// the gradients of both.

#include "core/graph/tensor.h"
#include "onednn_ops/kernels/pooling.h"

namespace lockstep {

/// What a pooling reads and writes. Image and output are of one type, F32 or BF16; another throws
/// std::logic_error.
struct PoolTensors {
  Tensor image;   ///< the input, or its gradient
  Tensor output;  ///< the output, or its gradient
  /// As many elements as the output: which place of its window was the largest, counted row by row.
  /// U8 where windows have at most kPlacesInByte places, else I32. Absent for means, and where no
  /// gradient is wanted.
  Tensor positions;
};
inline constexpr std::int64_t kPlacesInByte = 256;

// All of them work on one thread and write whole rows, each by one call alone, so that the bits do
// not depend on how rows are cut: `rows` of Pooling::window_rows() forward, of
// Pooling::image_rows() backward. Sums are taken in float32, in the order of memory, and rounded
// once.

/// Writes the output and, where they are present, the positions. As in PyTorch the first of equal
/// elements counts as the largest, and a NaN is larger than everything. Padding is never the
/// largest.
void MaxPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

/// Writes the image: each place gets the sum of the gradients of the windows where it was the
/// largest.
void MaxPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

/// Writes the output. Padding counts as zeros.
void MeanPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

/// Writes the image: each place gets its share of the gradients of the windows that hold it.
void MeanPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

}  // namespace lockstep
