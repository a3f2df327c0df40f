#pragma once

// Which rank holds which part of a tensor. Slices are cut at block borders without regard to
// tensors (core/plan/slices.h), so a tensor in a file is put together from parts.

#include <cstdint>
#include <vector>

#include "core/plan/plan.h"
#include "core/plan/slices.h"

namespace lockstep {

/// Consecutive elements of one tensor in the packed slices of one rank.
struct TensorPart {
  int rank = 0;
  std::int64_t in_tensor = 0;  ///< first element within the tensor
  std::int64_t packed = 0;     ///< first element within the rank's packed slices
  std::int64_t elements = 0;

  friend bool operator==(const TensorPart&, const TensorPart&) = default;
};

/// Of one plan. A pure value; thread-safe.
class TensorParts {
 public:
  explicit TensorParts(const Plan& plan);

  /// In the order of the tensor's elements; they cover it. The first part's rank writes the tensor.
  std::vector<TensorPart> Of(const ParameterPlace& place) const;

 private:
  struct RankPiece {
    int rank = 0;
    SlicePiece piece;
  };
  std::vector<RankPiece> pieces_;  ///< of all ranks, in the order of the gradient buffer
};

}  // namespace lockstep
