#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "tests/core/plan/plan_checker.h"
#include "tests/core/plan/planned_graph.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kRandomGraphs = 200;

Plan PlanOf(const PlannedGraph& planned, const PlanOptions& options = {}) {
  return MakePlan(planned.graph, planned.needs, options);
}

std::size_t SumOfSlots(const Plan& plan) {
  std::size_t sum = 0;
  for (const Slot& slot : plan.slots) sum += (slot.bytes + 63) / 64 * 64;
  return sum;
}

std::size_t CountOf(const Plan& plan, Slot::Kind kind) {
  return static_cast<std::size_t>(std::count_if(plan.slots.begin(), plan.slots.end(),
                                                [&](const Slot& s) { return s.kind == kind; }));
}

std::size_t GradSums(const Plan& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.backward.begin(), plan.backward.end(),
                    [](const Task& task) { return task.kind == Task::Kind::kGradSum; }));
}

TEST(MakePlanTest, KeepsLiveSlotsApartOnRandomGraphs) {
  std::size_t grad_sums = 0;
  for (std::uint32_t seed = 0; seed < kRandomGraphs; ++seed) {
    const PlannedGraph planned = RandomGraph(seed);
    for (Phase phase : {Phase::kTrain, Phase::kEvaluate}) {
      const Plan plan = PlanOf(planned, {.phase = phase});
      ASSERT_THAT(MemoryFaults(plan, planned), IsEmpty()) << "seed " << seed;
      ASSERT_GE(plan.arena_bytes, plan.live_peak_bytes) << "seed " << seed;
      grad_sums += GradSums(plan);
    }
  }
  EXPECT_GT(grad_sums, kRandomGraphs) << "the graphs are too plain to test anything";
}

TEST(MakePlanTest, GivesEachSlotItsOwnRangeWithoutReuse) {
  for (std::uint32_t seed = 0; seed < kRandomGraphs; ++seed) {
    const PlannedGraph planned = RandomGraph(seed);
    const Plan plan = PlanOf(planned, {.reuse_memory = false});
    ASSERT_THAT(MemoryFaults(plan, planned), IsEmpty()) << "seed " << seed;
    ASSERT_EQ(plan.arena_bytes, SumOfSlots(plan)) << "seed " << seed;
  }
}

TEST(MakePlanTest, ReusesMemory) {
  const PlannedGraph planned = LeNetGraph(8);
  const Plan plan = PlanOf(planned);
  EXPECT_LT(plan.arena_bytes, SumOfSlots(plan));
  EXPECT_LT(plan.live_peak_bytes, SumOfSlots(plan));
}

struct ResNetCase {
  std::string preset;
  std::int64_t samples = 1;
  DataType activations = DataType::kF32;
};

void PrintTo(const ResNetCase& network, std::ostream* out) {
  *out << network.preset << ", " << network.samples << " samples of "
       << NameOf(network.activations);
}

class ResNetPlanTest : public testing::TestWithParam<ResNetCase> {};

TEST_P(ResNetPlanTest, WastesAtMostATwentieth) {
  const DataType type = GetParam().activations;
  const PlannedGraph planned = ResNetGraph(GetParam().preset, GetParam().samples, type);
  for (Phase phase : {Phase::kTrain, Phase::kEvaluate}) {
    const Plan plan = PlanOf(planned, {.phase = phase, .activations = type});
    EXPECT_THAT(MemoryFaults(plan, planned), IsEmpty());
    const double ratio =
        static_cast<double>(plan.arena_bytes) / static_cast<double>(plan.live_peak_bytes);
    EXPECT_LE(ratio, 1.05);
    EXPECT_GE(ratio, 1.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, ResNetPlanTest,
                         testing::Values(ResNetCase{"resnet18", 8, DataType::kF32},
                                         ResNetCase{"resnet50", 1, DataType::kF32},
                                         ResNetCase{"resnet50", 16, DataType::kF32},
                                         ResNetCase{"resnet50", 16, DataType::kBF16},
                                         ResNetCase{"resnet50_cifar", 32, DataType::kF32},
                                         ResNetCase{"resnet152", 8, DataType::kBF16}));

TEST(MakePlanTest, TakesHalfTheActivationsInSixteenBits) {
  const Plan wide = PlanOf(ResNetGraph("resnet50", 8, DataType::kF32));
  const Plan narrow =
      PlanOf(ResNetGraph("resnet50", 8, DataType::kBF16), {.activations = DataType::kBF16});
  EXPECT_LT(narrow.live_peak_bytes, wide.live_peak_bytes * 6 / 10);
}

TEST(MakePlanTest, NeedsLessForEvaluation) {
  const PlannedGraph planned = ResNetGraph("resnet50", 8, DataType::kF32);
  const Plan evaluation = PlanOf(planned, {.phase = Phase::kEvaluate});
  EXPECT_THAT(evaluation.backward, IsEmpty());
  EXPECT_EQ(CountOf(evaluation, Slot::Kind::kGradient), 0u);
  EXPECT_LT(evaluation.arena_bytes, PlanOf(planned).arena_bytes / 4);
}

TEST(MakePlanTest, SharesOneLayoutOfWeightsBetweenTrainingAndEvaluation) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const PlannedGraph planned = RandomGraph(seed);
    const Plan training = PlanOf(planned, {.bucket_elements = 3000});
    const Plan evaluation = PlanOf(planned, {.phase = Phase::kEvaluate, .bucket_elements = 3000});
    EXPECT_EQ(training.parameters, evaluation.parameters);
    EXPECT_EQ(training.buckets, evaluation.buckets);
    EXPECT_EQ(training.gradient_elements, evaluation.gradient_elements);
  }
}

TEST(MakePlanTest, LeavesViewsOut) {
  const PlannedGraph planned = LeNetGraph(8);
  const Plan plan = PlanOf(planned);
  const auto is_flatten = [&](const Task& task) {
    return task.node >= 0 &&
           planned.graph.nodes[static_cast<std::size_t>(task.node)].schema.is_view;
  };
  EXPECT_TRUE(std::none_of(plan.forward.begin(), plan.forward.end(), is_flatten));
  EXPECT_TRUE(std::none_of(plan.backward.begin(), plan.backward.end(), is_flatten));
  EXPECT_EQ(plan.forward.size(), planned.graph.nodes.size() - 1);
}

TEST(MakePlanTest, SkipsTheBackwardPassOfTheInput) {
  const PlannedGraph planned = LeNetGraph(8);
  for (const Task& task : PlanOf(planned).backward) EXPECT_NE(task.node, 0);
}

TEST(MakePlanTest, RunsTheBackwardPassInReverseOrder) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    int last = 1 << 20;
    for (const Task& task : PlanOf(RandomGraph(seed)).backward) {
      if (task.kind != Task::Kind::kBackward) continue;
      EXPECT_LT(task.node, last);
      last = task.node;
    }
  }
}

TEST(MakePlanTest, SumsTheGradientsOfAShortcut) {
  const PlannedGraph planned = ResNetGraph("resnet50", 1, DataType::kF32);
  // Each of the 16 blocks reads its input twice.
  EXPECT_EQ(GradSums(PlanOf(planned)), 16u);
  EXPECT_EQ(CountOf(PlanOf(planned), Slot::Kind::kPartialGradient), 32u);
}

TEST(MakePlanTest, TakesTheLargestScratchAndAllPreparedWeights) {
  PlannedGraph planned = LeNetGraph(8);
  for (OpNeeds& needs : planned.needs) needs.scratch_bytes = needs.prepared_bytes = 0;
  planned.needs[1].scratch_bytes = 100;
  planned.needs[4].scratch_bytes = 300;
  planned.needs[1].prepared_bytes = 100;
  planned.needs[4].prepared_bytes = 64;
  EXPECT_EQ(PlanOf(planned).scratch_bytes, 300u);
  EXPECT_EQ(PlanOf(planned).prepared_bytes, 128u + 64u);
}

TEST(MakePlanTest, IsPure) {
  EXPECT_EQ(PlanOf(RandomGraph(7)), PlanOf(RandomGraph(7)));
  EXPECT_FALSE(PlanOf(RandomGraph(7)) == PlanOf(RandomGraph(8)));
}

TEST(MakePlanTest, RefusesWhatDoesNotFitTogether) {
  PlannedGraph planned = LeNetGraph(8);
  EXPECT_THROW(PlanOf(planned, {.ranks = 0}), std::invalid_argument);
  EXPECT_THROW(PlanOf(planned, {.activations = DataType::kBF16}), std::invalid_argument);
  planned.needs[1].backward_reads_input.clear();
  EXPECT_THROW(PlanOf(planned), std::invalid_argument);
  planned.needs.pop_back();
  EXPECT_THROW(PlanOf(planned), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep
