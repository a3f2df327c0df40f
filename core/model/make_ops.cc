#include "core/model/make_ops.h"

namespace lockstep {
namespace {

NodeSpec SpecOf(const Graph& graph, std::size_t number, const OpSettings& settings) {
  const Node& node = graph.nodes[number];
  NodeSpec spec;
  spec.def = node.def;
  spec.number = static_cast<int>(number);
  for (int value : node.inputs) {
    spec.inputs.push_back(graph.values[static_cast<std::size_t>(value)].shape);
  }
  spec.schema = node.schema;
  spec.input_needs_gradient = node.input_needs_gradient;
  spec.activations = settings.activations;
  spec.phase = settings.phase;
  spec.seed = settings.seed;
  spec.global_batch = settings.global_batch;
  return spec;
}

}  // namespace

std::vector<std::unique_ptr<Op>> MakeOps(const Graph& graph, Backend& backend,
                                         const OpSettings& settings) {
  std::vector<std::unique_ptr<Op>> ops(graph.nodes.size());
  for (std::size_t number = 0; number < ops.size(); ++number) {
    if (graph.nodes[number].schema.is_view) continue;
    ops[number] = backend.MakeOp(SpecOf(graph, number, settings));
  }
  return ops;
}

std::vector<OpNeeds> NeedsOf(const std::vector<std::unique_ptr<Op>>& ops) {
  std::vector<OpNeeds> needs(ops.size());
  for (std::size_t number = 0; number < ops.size(); ++number) {
    if (ops[number] != nullptr) needs[number] = ops[number]->Needs();
  }
  return needs;
}

}  // namespace lockstep
