#pragma once

// Mean and variance of each channel, first pass of BatchNorm, without cancellation however large
// the means are. Used by BatchNormOp.

#include <span>

#include "core/graph/tensor.h"
#include "onednn_ops/kernels/channel_columns.h"

namespace lockstep {

/// Of each channel, one entry each.
struct ChannelStatistics {
  std::span<double> mean;
  std::span<double> variance;  ///< biased: divided by the number of rows
};

/// Floats of the sums of one chunk.
inline std::int64_t StatisticsSumsOfChunk(const ChannelColumns& columns) {
  return 3 * columns.width();
}

/// The sums over the complete lines of one chunk, on one thread. For each column, with k its first
/// element: k, the sum of (x - k) and the sum of (x - k)^2, each [width]. As k is one of the
/// elements, the squares lose at most a factor of the chunk's lines against the variance.
/// `in` is the chunk, float32 or bfloat16; a chunk without a complete line leaves `sums` alone.
void SumForStatistics(const ChannelColumns& columns, Tensor in, std::span<float> sums);

/// The sums of all chunks, and room to merge them.
struct ChunkSums {
  ChannelColumns columns;
  std::span<const float> sums;  ///< as SumForStatistics wrote them, one chunk behind the other
  std::span<double> work;       ///< 2 * width entries, free for use
};

/// Writes the statistics of `in`, the whole activation, on one thread. Chunks are merged in their
/// order in double precision (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
/// for computing sample variances", 1979).
void MergeStatistics(const ChunkSums& chunks, Tensor in, const ChannelStatistics& out);

}  // namespace lockstep
