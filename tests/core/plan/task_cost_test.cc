#include "core/plan/task_cost.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/plan/planned_graph.h"

namespace lockstep {
namespace {

int NodeNamed(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const Node& node) { return node.def.name() == name; });
  return static_cast<int>(found - graph.nodes.begin());
}

TaskCost CostOfNode(const PlannedGraph& planned, const std::string& name, Task::Kind kind) {
  Task task;
  task.kind = kind;
  task.node = NodeNamed(planned.graph, name);
  return CostOf(task, planned.graph, planned.needs);
}

// conv2 of LeNet: [2, 14, 14, 6] to [2, 10, 10, 16] by 5x5.
constexpr std::int64_t kFlops = std::int64_t{2} * 2 * 10 * 10 * 16 * 5 * 5 * 6;
constexpr std::int64_t kIn = std::int64_t{4} * 2 * 14 * 14 * 6;
constexpr std::int64_t kOut = std::int64_t{4} * 2 * 10 * 10 * 16;
constexpr std::int64_t kWeights = std::int64_t{4} * (16 * 5 * 5 * 6 + 16);

TEST(TaskCostTest, CountsAConvolutionForward) {
  const TaskCost cost = CostOfNode(LeNetGraph(2), "conv2", Task::Kind::kForward);
  EXPECT_EQ(cost.flops, kFlops);
  EXPECT_EQ(cost.bytes, kIn + kOut + kWeights);
}

TEST(TaskCostTest, CountsBothGradientsOfAConvolution) {
  const TaskCost cost = CostOfNode(LeNetGraph(2), "conv2", Task::Kind::kBackward);
  EXPECT_EQ(cost.flops, 2 * kFlops);
  EXPECT_EQ(cost.bytes, kOut + 2 * kIn + 2 * kWeights);
}

TEST(TaskCostTest, LeavesOutTheGradientThatNobodyWants) {
  const PlannedGraph planned = LeNetGraph(2);
  const TaskCost forward = CostOfNode(planned, "conv1", Task::Kind::kForward);
  const TaskCost backward = CostOfNode(planned, "conv1", Task::Kind::kBackward);
  EXPECT_EQ(backward.flops, forward.flops);
  EXPECT_EQ(backward.bytes, forward.bytes) << "output's gradient, input and the weights' gradient";
}

TEST(TaskCostTest, CountsWhatAnOpSavesAndReadsAgain) {
  const PlannedGraph planned = LeNetGraph(2);
  constexpr std::int64_t kElements = std::int64_t{2} * 28 * 28 * 6;
  const TaskCost relu = CostOfNode(planned, "relu1", Task::Kind::kBackward);
  EXPECT_EQ(relu, (TaskCost{0, 3 * 4 * kElements}));
  const TaskCost pool = CostOfNode(planned, "pool1", Task::Kind::kForward);
  EXPECT_EQ(pool.bytes, 4 * kElements + 4 * kElements / 4 + kElements / 4);
}

TEST(TaskCostTest, CountsEachTermOfAGradientSum) {
  const PlannedGraph planned = ResNetGraph("resnet18_cifar", 1, DataType::kBF16);
  const Plan plan = MakePlan(planned.graph, planned.needs, {.activations = DataType::kBF16});
  const auto sum = std::find_if(plan.backward.begin(), plan.backward.end(),
                                [](const Task& task) { return task.kind == Task::Kind::kGradSum; });
  ASSERT_NE(sum, plan.backward.end());
  const Value& value = planned.graph.values[static_cast<std::size_t>(sum->value)];
  EXPECT_EQ(CostOf(*sum, planned.graph, planned.needs),
            (TaskCost{0, 3 * 2 * value.shape.elements()}))
      << "a block's output is read by the next block and its shortcut";
}

}  // namespace
}  // namespace lockstep
