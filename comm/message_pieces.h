#pragma once

// MPI counts elements in an int, so a long message travels as several.

#include <algorithm>
#include <cstdint>

#include "core/graph/tensor.h"

namespace lockstep {

/// Calls `visit(Tensor)` for consecutive pieces of `data`, as bytes, of at most `piece_bytes` each.
/// Both ends of a message cut it alike. No call for an empty tensor.
template <typename Visit>
void ForEachPiece(const Tensor& data, std::int64_t piece_bytes, const Visit& visit) {
  const auto total = static_cast<std::int64_t>(data.bytes());
  const Tensor bytes(data.data(), Shape{total}, DataType::kU8);
  for (std::int64_t first = 0; first < total; first += piece_bytes) {
    visit(bytes.Range(first, std::min(piece_bytes, total - first)));
  }
}

}  // namespace lockstep
