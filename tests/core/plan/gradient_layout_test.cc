#include "core/plan/gradient_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/plan/plan_checker.h"
#include "tests/core/plan/planned_graph.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Plan PlanOf(const PlannedGraph& planned, int ranks, std::int64_t bucket_elements) {
  PlanOptions options;
  options.ranks = ranks;
  options.bucket_elements = bucket_elements;
  return MakePlan(planned.graph, planned.needs, options);
}

/// The names of the parameters of each bucket, in the order of the gradient buffer.
std::vector<std::vector<std::string>> NamesByBucket(const Plan& plan) {
  std::vector<std::vector<std::string>> names;
  for (const Bucket& bucket : plan.buckets) {
    names.emplace_back();
    const std::int64_t end = bucket.small.offset + bucket.small.elements;
    for (std::int64_t block = bucket.working.offset; block < end; block += kBlock) {
      for (const ParameterPlace& place : plan.parameters) {
        if (place.offset == block) names.back().push_back(place.name);
      }
    }
  }
  return names;
}

TEST(GradientLayoutTest, OrdersTensorsAsTheBackwardPassWritesThem) {
  EXPECT_THAT(NamesByBucket(PlanOf(LeNetGraph(8), 1, 1 << 20)),
              ElementsAre(ElementsAre("fc3.weight", "fc2.weight", "fc1.weight", "conv2.weight",
                                      "conv1.weight", "loss.control", "fc3.bias", "fc2.bias",
                                      "fc1.bias", "conv2.bias", "conv1.bias")));
}

// fc3 and fc2: blocks of 1 + 1 + 1 + 10 + 1; fc1: 47 + 1; conv2: 3 + 1; conv1: 1 + 1.
TEST(GradientLayoutTest, ClosesABucketAtTheTaskThatReachesItsSize) {
  EXPECT_THAT(
      NamesByBucket(PlanOf(LeNetGraph(8), 1, 14 * kBlock)),
      ElementsAre(ElementsAre("fc3.weight", "fc2.weight", "loss.control", "fc3.bias", "fc2.bias"),
                  ElementsAre("fc1.weight", "fc1.bias"),
                  ElementsAre("conv2.weight", "conv1.weight", "conv2.bias", "conv1.bias")));
  EXPECT_THAT(NamesByBucket(PlanOf(LeNetGraph(8), 1, 14 * kBlock + 1)),
              ElementsAre(ElementsAre("fc3.weight", "fc2.weight", "fc1.weight", "loss.control",
                                      "fc3.bias", "fc2.bias", "fc1.bias"),
                          ElementsAre("conv2.weight", "conv1.weight", "conv2.bias", "conv1.bias")));
}

TEST(GradientLayoutTest, HoldsForRandomGraphsRanksAndSizes) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const PlannedGraph planned = RandomGraph(seed);
    for (int ranks : {1, 2, 3, 4}) {
      for (std::int64_t bucket_elements : {1, 3000, 1 << 20}) {
        const Plan plan = PlanOf(planned, ranks, bucket_elements);
        ASSERT_THAT(GradientFaults(plan, planned), IsEmpty()) << "seed " << seed;
      }
    }
  }
}

TEST(GradientLayoutTest, CutsAlikeForAnyNumberOfRanks) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const PlannedGraph planned = RandomGraph(seed);
    const Plan alone = PlanOf(planned, 1, 3000);
    for (int ranks : {2, 3, 4}) {
      const Plan shared = PlanOf(planned, ranks, 3000);
      ASSERT_EQ(NamesByBucket(shared), NamesByBucket(alone)) << "seed " << seed;
      ASSERT_EQ(shared.backward, alone.backward) << "seed " << seed;
    }
  }
}

TEST(GradientLayoutTest, PadsRegionsToEqualSlicesOfBlocks) {
  const Plan plan = PlanOf(LeNetGraph(8), 3, 1 << 20);
  ASSERT_EQ(plan.buckets.size(), 1u);
  // Weights take 62 blocks, the rest 6.
  EXPECT_EQ(plan.buckets[0].working.elements, 63 * kBlock);
  EXPECT_EQ(plan.buckets[0].working.slice(3), 21 * kBlock);
  EXPECT_EQ(plan.buckets[0].small.elements, 6 * kBlock);
  EXPECT_EQ(plan.gradient_elements, 69 * kBlock);
}

TEST(GradientLayoutTest, KeepsParametersInTheOrderOfTheGraph) {
  const Plan plan = PlanOf(LeNetGraph(8), 1, 1 << 20);
  EXPECT_EQ(plan.parameters.front().name, "conv1.weight");
  EXPECT_EQ(plan.parameters.back().name, "loss.control");
  EXPECT_EQ(plan.parameters.front().layout.file_shape, (Shape{6, 1, 5, 5}));
}

}  // namespace
}  // namespace lockstep
