#include "core/plan/task_order.h"

#include <algorithm>

namespace lockstep {
namespace {

bool HasBackward(const Node& node) {
  const auto& needed = node.input_needs_gradient;
  return !node.schema.is_view && (!node.schema.parameters.empty() ||
                                  std::find(needed.begin(), needed.end(), true) != needed.end());
}

}  // namespace

TaskOrder::TaskOrder(const Graph& graph, Phase phase)
    : forward_position_(graph.nodes.size(), -1),
      backward_position_(graph.nodes.size(), -1),
      grad_sum_position_(graph.values.size(), -1),
      uses_(graph.values.size()),
      gradient_writers_(graph.values.size()) {
  FindUses(graph);
  OrderForward(graph);
  if (phase == Phase::kTrain) OrderBackward(graph);
}

void TaskOrder::FindUses(const Graph& graph) {
  for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
    const Node& node = graph.nodes[static_cast<std::size_t>(n)];
    if (node.schema.is_view) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto value = static_cast<std::size_t>(StoredValue(graph, node.inputs[i]));
      uses_[value].push_back({n, static_cast<int>(i)});
      if (node.input_needs_gradient[i]) {
        gradient_writers_[value].push_back({n, static_cast<int>(i)});
      }
    }
  }
}

void TaskOrder::OrderForward(const Graph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].schema.is_view) continue;
    forward_position_[n] = static_cast<int>(forward_.size());
    forward_.push_back({Task::Kind::kForward, static_cast<int>(n), -1, {}});
  }
}

void TaskOrder::OrderBackward(const Graph& graph) {
  for (int n = static_cast<int>(graph.nodes.size()) - 1; n >= 0; --n) {
    if (!HasBackward(graph.nodes[static_cast<std::size_t>(n)])) continue;
    backward_position_[static_cast<std::size_t>(n)] = last_position() + 1;
    backward_.push_back({Task::Kind::kBackward, n, -1, {}});
    AddGradSumsBehind(graph, n);
  }
}

// The backward pass runs in reverse order: the first reader in the graph is the last to write its
// partial gradient.
void TaskOrder::AddGradSumsBehind(const Graph& graph, int node) {
  for (int input : graph.nodes[static_cast<std::size_t>(node)].inputs) {
    const int value = StoredValue(graph, input);
    const std::vector<Use>& writers = GradientWriters(value);
    int& position = grad_sum_position_[static_cast<std::size_t>(value)];
    if (writers.size() < 2 || writers.front().node != node || position >= 0) continue;
    position = last_position() + 1;
    backward_.push_back({Task::Kind::kGradSum, -1, value, {}});
  }
}

}  // namespace lockstep
