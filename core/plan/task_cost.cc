#include "core/plan/task_cost.h"

#include <algorithm>

namespace lockstep {
namespace {

std::int64_t BytesOf(const Graph& graph, int value) {
  const Value& tensor = graph.values[static_cast<std::size_t>(value)];
  return tensor.shape.elements() * static_cast<std::int64_t>(SizeOf(tensor.type));
}

bool IsTrained(const ParameterSpec& parameter) {
  return parameter.kind == ParameterKind::kWeight || parameter.kind == ParameterKind::kSmallWeight;
}

/// Of the weights that the op reads: the large ones in working precision.
std::int64_t WeightBytes(const Graph& graph, const Node& node) {
  const DataType working = graph.values[static_cast<std::size_t>(node.output)].type;
  std::int64_t bytes = 0;
  for (const ParameterSpec& parameter : node.schema.parameters) {
    if (!IsTrained(parameter)) continue;
    const DataType type = parameter.kind == ParameterKind::kWeight ? working : DataType::kF32;
    bytes += parameter.shape.elements() * static_cast<std::int64_t>(SizeOf(type));
  }
  return bytes;
}

std::int64_t WeightGradientBytes(const Node& node) {
  std::int64_t bytes = 0;
  for (const ParameterSpec& parameter : node.schema.parameters) {
    bytes += parameter.shape.elements() * std::int64_t{sizeof(float)};
  }
  return bytes;
}

bool WantsInputGradient(const Node& node) {
  return std::find(node.input_needs_gradient.begin(), node.input_needs_gradient.end(), true) !=
         node.input_needs_gradient.end();
}

TaskCost ForwardCost(const Graph& graph, const Node& node, const OpNeeds& needs) {
  TaskCost cost;
  cost.flops = node.schema.forward_flops;
  cost.bytes = WeightBytes(graph, node) + static_cast<std::int64_t>(needs.saved_bytes) +
               BytesOf(graph, node.output);
  for (int input : node.inputs) cost.bytes += BytesOf(graph, input);
  return cost;
}

TaskCost BackwardCost(const Graph& graph, const Node& node, const OpNeeds& needs) {
  const bool has_weights =
      std::any_of(node.schema.parameters.begin(), node.schema.parameters.end(), IsTrained);
  const bool wants_input = WantsInputGradient(node);
  TaskCost cost;
  cost.flops = node.schema.forward_flops * ((has_weights ? 1 : 0) + (wants_input ? 1 : 0));
  cost.bytes = static_cast<std::int64_t>(needs.saved_bytes) + WeightGradientBytes(node);
  if (wants_input) cost.bytes += WeightBytes(graph, node);
  if (node.output != graph.loss) cost.bytes += BytesOf(graph, node.output);  // its gradient
  if (needs.backward_reads_output) cost.bytes += BytesOf(graph, node.output);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const std::int64_t bytes = BytesOf(graph, node.inputs[i]);
    if (node.input_needs_gradient[i]) cost.bytes += bytes;
    if (needs.backward_reads_input[i]) cost.bytes += bytes;
  }
  return cost;
}

/// Reads one gradient of each consumer of `value`, writes their sum.
TaskCost SumCost(const Graph& graph, int value) {
  TaskCost cost;
  cost.bytes = BytesOf(graph, value);
  for (const Node& node : graph.nodes) {
    if (node.schema.is_view) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool adds = node.input_needs_gradient[i] && StoredValue(graph, node.inputs[i]) == value;
      if (adds) cost.bytes += BytesOf(graph, value);
    }
  }
  return cost;
}

}  // namespace

TaskCost CostOf(const Task& task, const Graph& graph, std::span<const OpNeeds> needs) {
  if (task.kind == Task::Kind::kGradSum) return SumCost(graph, task.value);
  const auto number = static_cast<std::size_t>(task.node);
  const Node& node = graph.nodes[number];
  return task.kind == Task::Kind::kForward ? ForwardCost(graph, node, needs[number])
                                           : BackwardCost(graph, node, needs[number]);
}

}  // namespace lockstep
