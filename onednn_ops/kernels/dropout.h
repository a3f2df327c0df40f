#pragma once

// Which elements of a sample dropout keeps, and their scaling.

#include <cstdint>
#include <span>

#include "core/graph/tensor.h"

namespace lockstep {

/// Names the draws of one sample at one node.
struct DropoutDraws {
  std::uint64_t seed = 0;
  std::uint32_t node = 0;       ///< position of the node in the graph
  std::uint64_t sample = 0;     ///< endless stream number
  std::uint32_t threshold = 0;  ///< words below it drop: rate * 2^32
};

/// keep[e] = 1 where word e % 4 of the Philox draw (e / 4, node, sample) reaches the threshold,
/// else 0. Equals core/random/philox.h bit for bit; integers only.
void DrawKeepMask(const DropoutDraws& draws, std::span<std::uint8_t> keep);

/// out = keep ? in * scale : 0, on one thread; the product is rounded once. All of one length; `in`
/// and `out` of one type, F32 or BF16, another throws std::logic_error. `out` may be `in`.
void ApplyKeepMask(std::span<const std::uint8_t> keep, float scale, const Tensor& in,
                   const Tensor& out);

}  // namespace lockstep
