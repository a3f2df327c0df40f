#include "comm/gradient_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "comm/communicators.h"
#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

constexpr int kSteps = 20;

/// The sums of squares of all blocks, rank by rank as they are gathered, of a step's gradients.
std::vector<double> SumsByRank(const Plan& plan, int step = 0) {
  std::vector<float> gradients(static_cast<std::size_t>(plan.gradient_elements));
  DrawGradients(plan, step, 0, gradients);
  std::vector<double> sums;
  for (int rank = 0; rank < plan.ranks; ++rank) {
    for (const SlicePiece& piece : SlicesOf(plan, rank)) {
      for (std::int64_t block = 0; block < piece.elements / kBlock; ++block) {
        double sum = 0;
        for (std::int64_t i = 0; i < kBlock; ++i) {
          const double value =
              gradients[static_cast<std::size_t>(piece.offset + block * kBlock + i)];
          sum += value * value;
        }
        sums.push_back(sum);
      }
    }
  }
  return sums;
}

bool IsTrained(const ParameterPlace& place) {
  return place.kind == ParameterKind::kWeight || place.kind == ParameterKind::kSmallWeight;
}

TEST(GradientNormTest, IsTheRootOfTheSquaresOfAllTrainedParameters) {
  const Plan plan = PlanOfThreeBuckets(1);
  std::vector<float> gradients(static_cast<std::size_t>(plan.gradient_elements));
  DrawGradients(plan, 0, 0, gradients);
  long double squares = 0;
  for (const ParameterPlace& place : plan.parameters) {
    if (!IsTrained(place)) continue;
    for (std::int64_t i = 0; i < place.elements; ++i) {
      const long double value = gradients[static_cast<std::size_t>(place.offset + i)];
      squares += value * value;
    }
  }
  const auto expected = static_cast<double>(std::sqrt(squares));
  EXPECT_NEAR(SummaryOf(plan, NormTermsOf(plan), SumsByRank(plan)).norm, expected,
              expected * 1e-12);
}

TEST(GradientNormTest, HasTheSameBitsOnAnyNumberOfRanks) {
  const Plan alone = PlanOfThreeBuckets(1);
  for (int step = 0; step < kSteps; ++step) {
    const double expected = SummaryOf(alone, NormTermsOf(alone), SumsByRank(alone, step)).norm;
    for (int ranks : {2, 3, 4, 8}) {
      const Plan plan = PlanOfThreeBuckets(ranks);
      EXPECT_EQ(SummaryOf(plan, NormTermsOf(plan), SumsByRank(plan, step)).norm, expected);
    }
  }
}

TEST(GradientNormTest, AddedInTheOrderOfRanksItHasOtherBits) {
  const auto norm_by_rank = [](int ranks, int step) {
    const Plan plan = PlanOfThreeBuckets(ranks);
    std::vector<NormTerm> terms = NormTermsOf(plan);
    std::sort(terms.begin(), terms.end(),
              [](const NormTerm& a, const NormTerm& b) { return a.sum < b.sum; });
    return SummaryOf(plan, terms, SumsByRank(plan, step)).norm;
  };
  for (int ranks : {2, 3}) {
    int different = 0;
    for (int step = 0; step < kSteps; ++step) {
      different += norm_by_rank(ranks, step) != norm_by_rank(1, step) ? 1 : 0;
    }
    EXPECT_GT(different, 0) << ranks << " ranks";
  }
}

TEST(GradientNormTest, EveryBlockOfEveryParameterIsLookedAtOnce) {
  for (int ranks : {1, 2, 3, 8}) {
    const Plan plan = PlanOfThreeBuckets(ranks);
    std::vector<int> seen(static_cast<std::size_t>(plan.gradient_elements / kBlock), 0);
    std::size_t blocks = 0;
    for (const ParameterPlace& place : plan.parameters) {
      blocks += static_cast<std::size_t>((place.elements + kBlock - 1) / kBlock);
    }
    for (const NormTerm& term : NormTermsOf(plan)) ++seen.at(term.sum);
    EXPECT_EQ(static_cast<std::size_t>(std::count(seen.begin(), seen.end(), 1)), blocks);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1) + std::count(seen.begin(), seen.end(), 0),
              std::ssize(seen));
  }
}

TEST(GradientNormTest, NamesTheFirstParameterThatIsNotFinite) {
  const Plan plan = PlanOfThreeBuckets(3);
  const std::vector<NormTerm> terms = NormTermsOf(plan);
  std::vector<double> sums = SumsByRank(plan);
  EXPECT_TRUE(SummaryOf(plan, terms, sums).finite);
  EXPECT_EQ(SummaryOf(plan, terms, sums).first_not_finite, -1);
  const auto broken = [&](int parameter) {
    const auto term = std::find_if(terms.begin(), terms.end(), [&](const NormTerm& candidate) {
      return candidate.parameter == parameter;
    });
    return term->sum;
  };
  sums[broken(5)] = std::numeric_limits<double>::infinity();  // a statistic counts as well
  EXPECT_EQ(SummaryOf(plan, terms, sums).first_not_finite, 5);
  EXPECT_TRUE(std::isfinite(SummaryOf(plan, terms, sums).norm));
  sums[broken(1)] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(SummaryOf(plan, terms, sums).first_not_finite, 1);
  EXPECT_FALSE(SummaryOf(plan, terms, sums).finite);
}

TEST(GradientNormTest, ScalesAsPyTorchDoes) {
  EXPECT_EQ(ClipScale(0, 1e9), 1.0F);
  EXPECT_EQ(ClipScale(5, 4.9), 1.0F);
  EXPECT_EQ(ClipScale(1, 0), 1.0F);
  EXPECT_FLOAT_EQ(ClipScale(1, 4), 1 / (4 + 1e-6F));
  EXPECT_EQ(ClipScale(1, std::numeric_limits<double>::infinity()), 0.0F);
  EXPECT_TRUE(std::isnan(ClipScale(1, std::numeric_limits<double>::quiet_NaN())));
}

TEST(GradientNormTest, GathersTheSumsOfAllRanks) {
  ScalarBackend backend;
  const GradientCheck check{.clip_norm = 2};
  const Plan alone = PlanOfThreeBuckets(1);
  const double expected = SummaryOf(alone, NormTermsOf(alone), SumsByRank(alone)).norm;
  RunAsThreads(3, [&](Communicator& communicator) {
    const Plan plan = PlanOfThreeBuckets(3);
    std::vector<float> gradients(static_cast<std::size_t>(plan.gradient_elements));
    DrawGradients(plan, 0, 0, gradients);
    const Tensor all(gradients.data(), Shape{plan.gradient_elements}, DataType::kF32);
    GradientNorm norm(plan, communicator.rank(), backend, check);
    for (const SlicePiece& piece : SlicesOf(plan, communicator.rank())) {
      norm.AddSlice(piece, all.Range(piece.offset, piece.elements));
    }
    HostStream stream;
    norm.Sum(stream);
    norm.Gather(communicator);
    norm.Decide(stream);
    GradientVerdict verdict;
    std::memcpy(&verdict, norm.verdict().data(), sizeof(verdict));
    EXPECT_EQ(norm.summary().norm, expected);
    EXPECT_EQ(verdict.scale, ClipScale(2, expected));
    EXPECT_EQ(verdict.is_void, 0U);
  });
}

}  // namespace
}  // namespace lockstep
