#include "core/plan/reduction_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/errors.h"

namespace lockstep {
namespace {

/// T(first, last) written out, straight from its definition.
std::string Parenthesised(int first, int last) {
  if (last - first == 1) return std::to_string(first);
  int left = 1;
  while (left * 2 < last - first) left *= 2;
  return fmt::format("({}+{})", Parenthesised(first, first + left),
                     Parenthesised(first + left, last));
}

/// What is left on the stack after running `order` over symbolic terms.
std::vector<std::string> StackAfter(const SumOrder& order, const std::vector<std::string>& terms) {
  EXPECT_EQ(order.merges_after.size(), terms.size());
  std::vector<std::string> stack;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    stack.push_back(terms[i]);
    for (int merge = 0; merge < order.merges_after[i]; ++merge) {
      const std::string top = stack.back();
      stack.pop_back();
      stack.back() = fmt::format("({}+{})", stack.back(), top);
    }
  }
  return stack;
}

std::vector<std::string> FoldedPartials(const ReductionTree& tree, int rank) {
  std::vector<std::string> leaves;
  for (int s = tree.OwnedBy(rank).first; s < tree.OwnedBy(rank).last; ++s) {
    leaves.push_back(std::to_string(s));
  }
  return StackAfter(tree.FoldOrder(rank), leaves);
}

TEST(ReductionTreeTest, EveryNumberOfRanksAddsTheSameTree) {
  for (int shards = 1; shards <= 17; ++shards) {
    for (int ranks = 1; ranks <= shards; ++ranks) {
      const ReductionTree tree(shards, ranks);
      std::vector<std::string> partials;
      for (int rank = 0; rank < ranks; ++rank) {
        for (const std::string& partial : FoldedPartials(tree, rank)) partials.push_back(partial);
      }
      EXPECT_EQ(StackAfter(tree.OwnerOrder(), partials),
                std::vector<std::string>{Parenthesised(0, shards)})
          << shards << " shards on " << ranks << " ranks";
    }
  }
}

TEST(ReductionTreeTest, WhatStaysOnTheStackIsThePartials) {
  for (int shards = 1; shards <= 17; ++shards) {
    for (int ranks = 1; ranks <= shards; ++ranks) {
      const ReductionTree tree(shards, ranks);
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<std::string> expected;
        for (const ShardRange& node : tree.Partials(rank)) {
          expected.push_back(Parenthesised(node.first, node.last));
        }
        EXPECT_EQ(FoldedPartials(tree, rank), expected)
            << shards << " shards, rank " << rank << " of " << ranks;
      }
    }
  }
}

TEST(ReductionTreeTest, ShardsAreOwnedOnceAndInOrder) {
  const ReductionTree tree(8, 3);
  EXPECT_EQ(tree.OwnedBy(0), (ShardRange{0, 2}));
  EXPECT_EQ(tree.OwnedBy(1), (ShardRange{2, 5}));
  EXPECT_EQ(tree.OwnedBy(2), (ShardRange{5, 8}));
}

TEST(ReductionTreeTest, PowersOfTwoSendOnePartialARank) {
  for (int shards : {1, 2, 4, 8, 16}) {
    for (int ranks = 1; ranks <= shards; ranks *= 2) {
      const ReductionTree tree(shards, ranks);
      for (int rank = 0; rank < ranks; ++rank) EXPECT_EQ(tree.Partials(rank).size(), 1U);
    }
  }
}

TEST(ReductionTreeTest, OtherNumbersSendTheMaximalNodes) {
  const ReductionTree tree(8, 3);
  EXPECT_EQ(tree.Partials(1), (std::vector<ShardRange>{{2, 4}, {4, 5}}));
  EXPECT_EQ(tree.Partials(2), (std::vector<ShardRange>{{5, 6}, {6, 8}}));
}

TEST(ReductionTreeTest, TheStackIsAsDeepAsABinaryCounter) {
  EXPECT_EQ(ReductionTree(1, 1).FoldDepth(0), 1);
  EXPECT_EQ(ReductionTree(2, 1).FoldDepth(0), 2);
  EXPECT_EQ(ReductionTree(8, 1).FoldDepth(0), 4);
  EXPECT_EQ(ReductionTree(8, 8).FoldDepth(5), 1);
}

TEST(ReductionTreeTest, RefusesMoreRanksThanShards) {
  EXPECT_THROW(ReductionTree(2, 3), ConfigError);
  EXPECT_THROW(ReductionTree(2, 0), ConfigError);
  EXPECT_THROW(ReductionTree(0, 0), ConfigError);
}

}  // namespace
}  // namespace lockstep
