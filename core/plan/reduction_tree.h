#pragma once

// The fixed binary tree over the shards of a step in which gradients are added, and who adds which
// part of it.
//   T(l,h) = T(l,m) + T(m,h),  m - l = the largest power of two below h - l
// The tree depends on the number of shards alone; ranks only share the work. Pure values.

#include <vector>

#include "core/device/sum_order.h"

namespace lockstep {

/// Shards [first, last) of the tree: one of its nodes, or what a rank owns.
struct ShardRange {
  int first = 0;
  int last = 0;
  int size() const { return last - first; }
  friend bool operator==(const ShardRange&, const ShardRange&) = default;
};

class ReductionTree {
 public:
  /// Throws ConfigError unless 1 <= ranks <= shards.
  ReductionTree(int shards, int ranks);

  int shards() const { return shards_; }
  int ranks() const { return ranks_; }
  /// [S*p/R, S*(p+1)/R).
  ShardRange OwnedBy(int rank) const;
  /// The maximal nodes of the tree within a rank's shards, in order: the partial sums it sends.
  std::vector<ShardRange> Partials(int rank) const;
  /// How a rank folds its shards: after pushing its i-th shard, merges_after[i] merges. What stays
  /// on the stack are its Partials.
  SumOrder FoldOrder(int rank) const;
  /// How an owner adds the partials of all ranks, concatenated in rank order.
  SumOrder OwnerOrder() const;
  /// Most partials that a rank holds at once while folding: the depth of its stack.
  int FoldDepth(int rank) const;

 private:
  int shards_;
  int ranks_;
};

}  // namespace lockstep
