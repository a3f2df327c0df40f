#include "core/checkpoint/tensor_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace lockstep {

TensorParts::TensorParts(const Plan& plan) {
  for (int rank = 0; rank < plan.ranks; ++rank) {
    for (const SlicePiece& piece : SlicesOf(plan, rank)) pieces_.push_back({rank, piece});
  }
  std::sort(pieces_.begin(), pieces_.end(),
            [](const RankPiece& a, const RankPiece& b) { return a.piece.offset < b.piece.offset; });
}

std::vector<TensorPart> TensorParts::Of(const ParameterPlace& place) const {
  const std::int64_t end = place.offset + place.elements;
  auto found = std::upper_bound(
      pieces_.begin(), pieces_.end(), place.offset,
      [](std::int64_t offset, const RankPiece& p) { return offset < p.piece.offset; });
  if (found != pieces_.begin()) --found;
  std::vector<TensorPart> parts;
  std::int64_t covered = place.offset;
  for (; found != pieces_.end() && found->piece.offset < end; ++found) {
    const SlicePiece& piece = found->piece;
    if (piece.offset > covered) break;
    const std::int64_t until = std::min(end, piece.offset + piece.elements);
    if (until <= covered) continue;
    parts.push_back({found->rank, covered - place.offset, piece.packed + covered - piece.offset,
                     until - covered});
    covered = until;
  }
  if (covered != end) {
    throw std::logic_error(fmt::format("the slices of the plan do not cover {}", place.name));
  }
  return parts;
}

}  // namespace lockstep
