#include "tests/core/plan/planned_graph.h"

#include <fmt/format.h>

#include <string>

#include "core/graph/graph_builder.h"
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

/// Appends the nodes of a residual network.
class ResidualBuilder {
 public:
  ResidualBuilder(std::int64_t samples, DataType activations)
      : builder_({224, 224, 3}, samples, activations) {
    value_ = Append("input_normalization { mean: [0, 0, 0] std: [1, 1, 1] }", {Graph::kImages});
  }

  int Append(const std::string& op, std::vector<int> inputs) {
    const std::string def = fmt::format("name: 'n{}' {}", builder_.graph().nodes.size(), op);
    return builder_.Append(ParseMessage<NodeDef>(def), std::move(inputs));
  }

  int Convolve(int input, int channels, int kernel, int stride) {
    return Append(
        fmt::format("conv2d {{ bias: false channels: {} kernel: {} stride: {} padding: {} }}",
                    channels, kernel, stride, kernel / 2),
        {input});
  }

  void AddStem() {
    value_ = Append("relu {}", {Convolve(value_, 64, 7, 2)});
    value_ = Append("max_pool { kernel: 3 stride: 2 padding: 1 }", {value_});
  }

  void AddBottleneck(int channels, int stride, bool projects) {
    int shortcut = value_;
    int inner = Append("relu {}", {Convolve(value_, channels, 1, 1)});
    inner = Append("relu {}", {Convolve(inner, channels, 3, stride)});
    inner = Convolve(inner, 4 * channels, 1, 1);
    if (projects) shortcut = Convolve(value_, 4 * channels, 1, stride);
    value_ = Append("relu {}", {Append("add {}", {inner, shortcut})});
  }

  Graph Finish() {
    value_ = Append("flatten {}", {Append("global_avg_pool {}", {value_})});
    return builder_.Finish(Append("dense { units: 1000 }", {value_}), LossConfig());
  }

 private:
  GraphBuilder builder_;
  int value_ = 0;
};

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

PlannedGraph ResidualGraph(std::int64_t samples, DataType activations) {
  ResidualBuilder builder(samples, activations);
  builder.AddStem();
  int channels = 64;
  for (int blocks : {3, 4, 6, 3}) {
    for (int block = 0; block < blocks; ++block) {
      builder.AddBottleneck(channels, block == 0 && channels > 64 ? 2 : 1, block == 0);
    }
    channels *= 2;
  }
  Graph graph = builder.Finish();
  std::vector<OpNeeds> needs = TypicalNeeds(graph);
  return {std::move(graph), std::move(needs)};
}

}  // namespace lockstep
