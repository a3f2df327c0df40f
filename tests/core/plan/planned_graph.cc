#include "tests/core/plan/planned_graph.h"

#include <utility>

#include "tests/core/parse_message.h"

namespace lockstep {
namespace {

OpNeeds NeedsOf(const Graph& graph, const Node& node) {
  OpNeeds needs;
  if (node.schema.is_view) return needs;
  const Shape& in = graph.values[static_cast<std::size_t>(node.inputs[0])].shape;
  const auto elements = static_cast<std::size_t>(node.schema.output.elements());
  const bool reads = node.def.has_conv2d() || node.def.has_dense();
  needs.backward_reads_input.assign(node.inputs.size(), reads);
  if (node.def.has_batch_norm()) {
    needs.backward_reads_input[0] = true;
    needs.saved_bytes = 2 * sizeof(float) * static_cast<std::size_t>(in[in.rank() - 1]);
    if (node.def.batch_norm().relu()) needs.saved_bytes += (elements + 7) / 8;
  }
  needs.backward_reads_output = node.def.has_relu();
  if (node.def.has_max_pool()) needs.saved_bytes = elements;
  if (node.def.has_dropout()) needs.saved_bytes = (elements + 7) / 8;
  if (node.def.has_softmax_cross_entropy()) {
    needs.saved_bytes = static_cast<std::size_t>(in.elements()) * sizeof(float);
    needs.backward_reads_input = {false, true, true};
  }
  if (node.def.has_conv2d()) {
    const auto weight = static_cast<std::size_t>(node.schema.parameters[0].shape.elements());
    needs.scratch_bytes = weight;
    needs.prepared_bytes = weight * sizeof(float);
  }
  return needs;
}

}  // namespace

std::vector<OpNeeds> TypicalNeeds(const Graph& graph) {
  std::vector<OpNeeds> needs;
  for (const Node& node : graph.nodes) needs.push_back(NeedsOf(graph, node));
  return needs;
}

PlannedGraph LeNetGraph(std::int64_t samples) {
  const auto config = ParseMessage<Config>("model { preset: 'lenet' classes: 10 }");
  Graph graph = BuildGraph(config, {28, 28, 1}, samples);
  std::vector<OpNeeds> needs = TypicalNeeds(graph);
  return {std::move(graph), std::move(needs)};
}

PlannedGraph ResNetGraph(const std::string& preset, std::int64_t samples, DataType activations) {
  auto config = ParseMessage<Config>("model { classes: 1000 }");
  config.mutable_model()->set_preset(preset);
  config.set_precision(activations == DataType::kBF16 ? Precision::BF16 : Precision::F32);
  Graph graph = BuildGraph(config, {224, 224, 3}, samples);
  std::vector<OpNeeds> needs = TypicalNeeds(graph);
  return {std::move(graph), std::move(needs)};
}

}  // namespace lockstep
