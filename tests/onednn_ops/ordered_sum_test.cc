// Sums have the bits of their order.

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "core/plan/reduction_tree.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

constexpr std::int64_t kElements = 2500;  // two chunks and a rest

using Floats = std::vector<float>;

Tensor View(Floats& values) {
  return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())}, DataType::kF32);
}

// Terms of very different size: another order of addition has other bits.
std::vector<Floats> Terms(int count) {
  std::vector<Floats> terms;
  for (int t = 0; t < count; ++t) {
    const Values values = RandomValues(kElements, static_cast<std::uint32_t>(t));
    terms.emplace_back(values.begin(), values.end());
    for (float& value : terms.back()) {
      value *= static_cast<float>(1 << (t * 5 % 16));
    }
  }
  return terms;
}

// The program as sum_order.h defines it, one element at a time.
float ScalarSum(const std::vector<Floats>& terms, const SumOrder& order, std::size_t i) {
  Floats stack;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    stack.push_back(terms[t][i]);
    for (int merge = 0; merge < order.merges_after[t]; ++merge) {
      const float top = stack.back();
      stack.pop_back();
      stack.back() = stack.back() + top;
    }
  }
  return stack.back();
}

Floats ScalarSum(const std::vector<Floats>& terms, const SumOrder& order) {
  Floats sum;
  for (std::size_t i = 0; i < kElements; ++i) {
    sum.push_back(ScalarSum(terms, order, i));
  }
  return sum;
}

SumOrder FromTheLeft(int terms) {
  SumOrder order{std::vector<int>(static_cast<std::size_t>(terms), 1)};
  order.merges_after[0] = 0;
  return order;
}

class OrderedSumTest : public testing::Test {
 protected:
  void Sum(Floats& out, std::vector<Floats>& terms, const SumOrder& order) {
    std::vector<Tensor> views;
    for (Floats& term : terms) {
      views.push_back(View(term));
    }
    backend_->Sum(*stream_, View(out), views, order);
  }

  std::unique_ptr<Backend> backend_ = NewTestBackend(1);
  std::unique_ptr<Stream> stream_ = backend_->NewStream(Priority::kNormal);
};

TEST_F(OrderedSumTest, AddsTheTreeOfAnyNumberOfShardsBitForBit) {
  for (int shards = 1; shards <= 11; ++shards) {
    const SumOrder order = ReductionTree(shards, 1).FoldOrder(0);
    std::vector<Floats> terms = Terms(shards);
    Floats out(kElements, -1);
    Sum(out, terms, order);
    EXPECT_EQ(out, ScalarSum(terms, order)) << shards;
  }
}

TEST_F(OrderedSumTest, HasOtherBitsInAnotherOrder) {
  std::vector<Floats> terms = Terms(8);
  Floats tree(kElements);
  Floats row(kElements);
  Sum(tree, terms, ReductionTree(8, 1).FoldOrder(0));
  Sum(row, terms, FromTheLeft(8));
  EXPECT_NE(tree, row);
}

TEST_F(OrderedSumTest, MayWriteOverAnyOfItsTerms) {
  const SumOrder order = ReductionTree(5, 1).FoldOrder(0);
  for (std::size_t target = 0; target < 5; ++target) {
    std::vector<Floats> terms = Terms(5);
    const Floats expected = ScalarSum(terms, order);
    std::vector<Tensor> views;
    for (Floats& term : terms) {
      views.push_back(View(term));
    }
    backend_->Sum(*stream_, views[target], views, order);
    EXPECT_EQ(terms[target], expected) << target;
  }
}

TEST_F(OrderedSumTest, CopiesASingleTerm) {
  std::vector<Floats> terms = Terms(1);
  Floats out(kElements);
  Sum(out, terms, {{0}});
  EXPECT_EQ(out, terms[0]);
}

TEST_F(OrderedSumTest, RefusesAnOrderThatIsNoProgramForItsTerms) {
  std::vector<Floats> terms = Terms(3);
  Floats out(kElements);
  for (const std::vector<int>& merges :
       std::vector<std::vector<int>>{{0, 1}, {0, 0, 1}, {1, 0, 1}, {0, 0, 3}, {0, -1, 3}}) {
    EXPECT_THROW(Sum(out, terms, {merges}), std::logic_error);
  }
  Floats shorter(kElements - 1);
  EXPECT_THROW(Sum(shorter, terms, {{0, 1, 1}}), std::logic_error);
}

}  // namespace
}  // namespace lockstep
