#pragma once

// The largest element of each window of an image, channel by channel, and its gradient.

#include "onednn_ops/kernels/pooling.h"

namespace lockstep {

/// Windows of at most so many places have positions of type U8, others of type I32.
inline constexpr std::int64_t kPlacesInByte = 256;

/// Writes `rows` of Pooling::window_rows(): the output and, where they are present, the positions.
/// As in PyTorch the first of equal elements counts as the largest, and a NaN is larger than
/// everything. Padding is never the largest. On one thread; throws std::logic_error where a tensor
/// has another type than it should.
void MaxPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

/// Writes `rows` of Pooling::image_rows() of the image: each place gets the sum of the gradients of
/// the windows where it was the largest, taken in float32 from the first window to the last and
/// rounded once. A row is written by one call alone, so that the bits do not depend on how rows are
/// cut. On one thread; throws as MaxPoolForward.
void MaxPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

}  // namespace lockstep
