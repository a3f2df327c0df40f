#include "core/plan/slices.h"

#include <algorithm>

namespace lockstep {
namespace {

SlicePiece PieceOf(const Region& region, int ranks, int rank) {
  SlicePiece piece;
  piece.elements = region.slice(ranks);
  piece.offset = region.offset + rank * piece.elements;
  return piece;
}

}  // namespace

std::vector<SlicePiece> SlicesOf(const Plan& plan, int rank) {
  std::vector<SlicePiece> pieces;
  for (int bucket = 0; bucket < static_cast<int>(plan.buckets.size()); ++bucket) {
    const Bucket& regions = plan.buckets[static_cast<std::size_t>(bucket)];
    for (bool working : {true, false}) {
      SlicePiece piece = PieceOf(working ? regions.working : regions.small, plan.ranks, rank);
      piece.bucket = bucket;
      piece.in_working_region = working;
      if (piece.elements > 0) pieces.push_back(piece);
    }
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const SlicePiece& a, const SlicePiece& b) { return a.offset < b.offset; });
  std::int64_t packed = 0;
  for (SlicePiece& piece : pieces) {
    piece.packed = packed;
    packed += piece.elements;
  }
  return pieces;
}

}  // namespace lockstep
