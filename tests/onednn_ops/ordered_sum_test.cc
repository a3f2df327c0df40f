// Sums have the bits of their order.

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/plan/reduction_tree.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/tensor_values.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

constexpr std::int64_t kElements = 40000;  // split over the team, in chunks and a rest

// Terms of very different size: another order of addition has other bits.
std::vector<Values> Terms(int count, DataType type) {
  std::vector<Values> terms;
  for (int t = 0; t < count; ++t) {
    Values values = RandomValues(kElements, static_cast<std::uint32_t>(t));
    for (double& value : values) {
      value *= 1 << (t * 5 % 16);
    }
    terms.push_back(RoundedTo(type, values));
  }
  return terms;
}

// The program as sum_order.h defines it, one element at a time.
float ScalarSum(const std::vector<Values>& terms, const SumOrder& order, std::size_t i) {
  std::vector<float> stack;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    stack.push_back(static_cast<float>(terms[t][i]));
    for (int merge = 0; merge < order.merges_after[t]; ++merge) {
      const float top = stack.back();
      stack.pop_back();
      stack.back() = stack.back() + top;
    }
  }
  return stack.back();
}

Values ScalarSum(const std::vector<Values>& terms, const SumOrder& order, DataType type) {
  Values sum;
  for (std::size_t i = 0; i < kElements; ++i) {
    sum.push_back(ScalarSum(terms, order, i));
  }
  return RoundedTo(type, sum);
}

SumOrder FromTheLeft(int terms) {
  SumOrder order{std::vector<int>(static_cast<std::size_t>(terms), 1)};
  order.merges_after[0] = 0;
  return order;
}

// Each term in memory of its own.
struct OwnedTerms {
  OwnedTerms(const std::vector<Values>& terms, DataType type) {
    for (const Values& term : terms) {
      owned.emplace_back(type, term);
      views.push_back(owned.back().view());
    }
  }

  std::deque<OwnedTensor> owned;
  std::vector<Tensor> views;
};

class OrderedSumTest : public testing::TestWithParam<DataType> {
 protected:
  Values Sum(const std::vector<Values>& terms, const SumOrder& order) const {
    const OwnedTerms owned(terms, GetParam());
    const OwnedTensor out(GetParam(), Values(terms[0].size(), -1));
    backend_->Sum(*stream_, out.view(), owned.views, order);
    return out.values();
  }

  std::unique_ptr<Backend> backend_ = NewTestBackend(2);
  std::unique_ptr<Stream> stream_ = backend_->NewStream(Priority::kNormal);
};

TEST_P(OrderedSumTest, AddsTheTreeOfAnyNumberOfShardsBitForBit) {
  for (int shards = 1; shards <= 11; ++shards) {
    const SumOrder order = ReductionTree(shards, 1).FoldOrder(0);
    const std::vector<Values> terms = Terms(shards, GetParam());
    EXPECT_EQ(Sum(terms, order), ScalarSum(terms, order, GetParam())) << shards;
  }
}

TEST_P(OrderedSumTest, HasTheSameBitsOnTheStreamOfTheCommunicationThread) {
  const SumOrder order = FromTheLeft(3);
  const std::vector<Values> terms = Terms(3, GetParam());
  const Values on_the_team = Sum(terms, order);
  stream_ = backend_->NewStream(Priority::kHigh);
  EXPECT_EQ(Sum(terms, order), on_the_team);
}

// The first and the third term cancel; what is added between them is lost.
TEST_P(OrderedSumTest, HasOtherBitsInAnotherOrder) {
  std::vector<Values> terms = Terms(4, GetParam());
  for (std::size_t i = 0; i < terms[0].size(); ++i) {
    terms[0][i] *= 0x1p40;
    terms[2][i] = -terms[0][i];
  }
  EXPECT_NE(Sum(terms, ReductionTree(4, 1).FoldOrder(0)), Sum(terms, FromTheLeft(4)));
}

TEST_P(OrderedSumTest, MayWriteOverAnyOfItsTerms) {
  for (const int count : {2, 5}) {
    const SumOrder order = ReductionTree(count, 1).FoldOrder(0);
    const std::vector<Values> terms = Terms(count, GetParam());
    for (std::size_t target = 0; target < terms.size(); ++target) {
      const OwnedTerms owned(terms, GetParam());
      backend_->Sum(*stream_, owned.views[target], owned.views, order);
      EXPECT_EQ(owned.owned[target].values(), ScalarSum(terms, order, GetParam())) << target;
    }
  }
}

TEST_P(OrderedSumTest, CopiesASingleTerm) {
  const std::vector<Values> terms = Terms(1, GetParam());
  EXPECT_EQ(Sum(terms, {{0}}), terms[0]);
}

TEST_P(OrderedSumTest, RefusesAnOrderThatIsNoProgramForItsTerms) {
  const std::vector<Values> terms = Terms(3, GetParam());
  for (const std::vector<int>& merges :
       std::vector<std::vector<int>>{{0, 1}, {0, 0, 1}, {1, 0, 1}, {0, 0, 3}, {0, -1, 3}}) {
    EXPECT_THROW(Sum(terms, {merges}), std::logic_error);
  }
}

TEST_P(OrderedSumTest, RefusesAResultThatIsNotLikeItsTerms) {
  const OwnedTerms terms(Terms(2, GetParam()), GetParam());
  const OwnedTensor shorter(GetParam(), Values(kElements - 1));
  EXPECT_THROW(backend_->Sum(*stream_, shorter.view(), terms.views, {{0, 1}}), std::logic_error);
  const OwnedTensor other(DataType::kI32, Values(kElements));
  EXPECT_THROW(backend_->Sum(*stream_, other.view(), terms.views, {{0, 1}}), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Precisions, OrderedSumTest,
                         testing::Values(DataType::kF32, DataType::kBF16),
                         [](const auto& param) { return std::string(NameOf(param.param)); });

}  // namespace
}  // namespace lockstep
