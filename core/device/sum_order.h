#pragma once

// The order in which partial sums are added. Fixed by the configuration, so that the bits of a sum
// do not depend on who adds it. Made by core/plan/reduction_tree.h; executed by Backend::Sum.

#include <vector>

namespace lockstep {

/// A program for a stack: term i is pushed, then the two topmost entries are replaced by their sum
/// (below + top) merges_after[i] times. One entry is left at the end.
struct SumOrder {
  std::vector<int> merges_after;

  friend bool operator==(const SumOrder&, const SumOrder&) = default;
};

}  // namespace lockstep
