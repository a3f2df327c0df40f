#include "core/plan/reduction_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"

namespace lockstep {
namespace {

/// m of T(l,h) = T(l,m) + T(m,h).
int SplitOf(const ShardRange& node) {
  int left = 1;
  while (left * 2 < node.size()) left *= 2;
  return node.first + left;
}

bool Contains(const ShardRange& outer, const ShardRange& inner) {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/// All nodes below and at `node`, children before their parent.
void AppendNodes(const ShardRange& node, std::vector<ShardRange>& nodes) {
  if (node.size() > 1) {
    const int split = SplitOf(node);
    AppendNodes({node.first, split}, nodes);
    AppendNodes({split, node.last}, nodes);
  }
  nodes.push_back(node);
}

void AppendMaximalNodes(const ShardRange& node, const ShardRange& within,
                        std::vector<ShardRange>& maximal) {
  if (node.last <= within.first || within.last <= node.first) return;
  if (Contains(within, node)) {
    maximal.push_back(node);
    return;
  }
  const int split = SplitOf(node);
  AppendMaximalNodes({node.first, split}, within, maximal);
  AppendMaximalNodes({split, node.last}, within, maximal);
}

/// The program that adds `terms`, adjacent nodes of the tree over `shards`, as far as the tree
/// allows within `within`: a node is made as soon as the term at its end is there.
SumOrder OrderWithin(int shards, const ShardRange& within, const std::vector<ShardRange>& terms) {
  std::vector<ShardRange> nodes;
  AppendNodes({0, shards}, nodes);
  SumOrder order;
  for (const ShardRange& term : terms) {
    order.merges_after.push_back(
        static_cast<int>(std::count_if(nodes.begin(), nodes.end(), [&](const ShardRange& node) {
          return node.last == term.last && node.first < term.first && Contains(within, node);
        })));
  }
  return order;
}

}  // namespace

ReductionTree::ReductionTree(int shards, int ranks) : shards_(shards), ranks_(ranks) {
  if (ranks < 1 || shards < ranks) {
    throw ConfigError(
        fmt::format("shards: expected at least one shard a rank, got {} shards on {} ranks; start "
                    "at most {} ranks or choose a larger `shards` before the run begins",
                    shards, ranks, std::max(shards, 0)));
  }
}

ShardRange ReductionTree::OwnedBy(int rank) const {
  return {shards_ * rank / ranks_, shards_ * (rank + 1) / ranks_};
}

std::vector<ShardRange> ReductionTree::Partials(int rank) const {
  std::vector<ShardRange> maximal;
  AppendMaximalNodes({0, shards_}, OwnedBy(rank), maximal);
  return maximal;
}

SumOrder ReductionTree::FoldOrder(int rank) const {
  const ShardRange owned = OwnedBy(rank);
  std::vector<ShardRange> leaves;
  for (int shard = owned.first; shard < owned.last; ++shard) leaves.push_back({shard, shard + 1});
  return OrderWithin(shards_, owned, leaves);
}

SumOrder ReductionTree::OwnerOrder() const {
  std::vector<ShardRange> partials;
  for (int rank = 0; rank < ranks_; ++rank) {
    const std::vector<ShardRange> of_rank = Partials(rank);
    partials.insert(partials.end(), of_rank.begin(), of_rank.end());
  }
  return OrderWithin(shards_, {0, shards_}, partials);
}

int ReductionTree::FoldDepth(int rank) const {
  int depth = 0;
  int deepest = 0;
  for (int merges : FoldOrder(rank).merges_after) {
    deepest = std::max(deepest, ++depth);
    depth -= merges;
  }
  return deepest;
}

}  // namespace lockstep
