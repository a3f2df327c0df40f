#pragma once

// The mean of each window of an image, channel by channel, and its gradient. Padding counts as
// zeros.

#include "onednn_ops/kernels/pooling.h"

namespace lockstep {

// On one thread. Sums are taken in float32, in the order of memory, and rounded once; a row is
// written by one call alone, so that the bits do not depend on how rows are cut. Both throw
// std::logic_error where a tensor is neither F32 nor BF16.

/// Writes `rows` of Pooling::window_rows() of the output.
void MeanPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

/// Writes `rows` of Pooling::image_rows() of the image: each place gets its share of the gradients
/// of the windows that hold it.
void MeanPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows);

}  // namespace lockstep
