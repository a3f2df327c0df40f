#pragma once

// Which elements of the gradient buffer a rank reduces, updates and owns (ZeRO stage 1, Rajbhandari
// et al. 2020).

#include <cstdint>
#include <vector>

#include "core/plan/plan.h"

namespace lockstep {

/// A contiguous run of elements that one rank owns.
struct SlicePiece {
  int bucket = 0;
  bool in_working_region = true;
  std::int64_t offset = 0;  ///< elements into the gradient buffer
  std::int64_t packed = 0;  ///< elements into the rank's packed slices (masters, moments)
  std::int64_t elements = 0;
};

/// The pieces of `rank`, in the order of the gradient buffer; two a bucket, empty ones left out.
std::vector<SlicePiece> SlicesOf(const Plan& plan, int rank);

}  // namespace lockstep
