#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/graph/fold_batch_norm.h"
#include "core/graph/graph.h"
#include "core/graph/graph_builder.h"
#include "core/graph/nearest_name.h"

namespace lockstep {
namespace {

using FloatList = google::protobuf::RepeatedField<float>;

void RequirePositive(std::string_view what, std::int64_t got) {
  if (got < 1) throw ConfigError(fmt::format("{}: expected at least 1, got {}", what, got));
}

void CheckSizes(const Config& config, const ImageShape& images, std::int64_t samples) {
  RequirePositive("image height", images.height);
  RequirePositive("image width", images.width);
  RequirePositive("image channels", images.channels);
  RequirePositive("samples of a shard or evaluation batch", samples);
  if (config.model().classes() < 2) {
    throw ConfigError(
        fmt::format("model.classes: expected at least 2, got {}", config.model().classes()));
  }
}

GraphConfig NodesOf(const ModelConfig& model, const ImageShape& images) {
  if (model.has_preset() == model.has_graph()) {
    throw ConfigError(fmt::format("model: expected exactly one of preset and graph, got {}",
                                  model.has_preset() ? "both" : "none"));
  }
  GraphConfig nodes = model.has_preset() ? ExpandPreset(model, images) : model.graph();
  if (nodes.node().empty()) {
    throw ConfigError("model.graph: expected at least one node, got none");
  }
  return nodes;
}

// A list with an entry a channel from a config's list: none, one for all, or one a channel.
FloatList PerChannel(std::string_view field, const FloatList& list, const ImageShape& images,
                     float absent) {
  const int channels = static_cast<int>(images.channels);
  if (!list.empty() && list.size() != 1 && list.size() != channels) {
    throw ConfigError(
        fmt::format("data.{}: expected one number, or one for each of the {} "
                    "channels of the images, got {}",
                    field, channels, list.size()));
  }
  if (list.size() == channels) return list;
  FloatList expanded;
  expanded.Resize(channels, list.empty() ? absent : list[0]);
  return expanded;
}

NodeDef InputNode(const DataConfig& data, const ImageShape& images) {
  NodeDef def;
  def.set_name("input");
  InputNormalization& op = *def.mutable_input_normalization();
  *op.mutable_mean() = PerChannel("mean", data.mean(), images, 0);
  *op.mutable_std() = PerChannel("std", data.std(), images, 1);
  return def;
}

std::vector<std::string> NodeNames(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.def.name());
  return names;
}

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
}

// Names end up in files and metrics, so they are plain.
void CheckName(const Graph& graph, const NodeDef& def) {
  const std::string& name = def.name();
  if (name.empty()) {
    throw ConfigError(
        fmt::format("model.graph.node[{}]: expected a name, got none", graph.nodes.size() - 1));
  }
  if (!std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    throw ConfigError(
        fmt::format("node '{}': expected a name of letters, digits, '_', '.' and '-'", name));
  }
  if (name == "input" || name == "loss") {
    throw ConfigError(fmt::format("node '{}': this name is reserved, choose another", name));
  }
  const std::vector<std::string> names = NodeNames(graph);
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    throw ConfigError(fmt::format("node '{}': expected a name of its own, got one twice", name));
  }
}

// What FoldBatchNorm sets is not for configs.
void CheckUnfolded(const NodeDef& def) {
  if (def.batch_norm().has_relu()) {
    throw ConfigError(fmt::format(
        "node '{}', relu: expected none, it is set where a relu node follows; add that node",
        def.name()));
  }
  if (def.input_size() > 1) {
    throw ConfigError(fmt::format(
        "node '{}', input: expected one, got {}; sums are written as an add node behind it",
        def.name(), def.input_size()));
  }
}

void CheckOp(const NodeDef& def) {
  if (def.has_input_normalization() || def.has_softmax_cross_entropy()) {
    throw ConfigError(fmt::format(
        "node '{}': input_normalization and softmax_cross_entropy are added to every graph (set "
        "data.mean, data.std and loss instead)",
        def.name()));
  }
  if (def.has_batch_norm()) CheckUnfolded(def);
}

int FindInput(const Graph& graph, const NodeDef& def, const std::string& input) {
  const std::vector<std::string> names = NodeNames(graph);
  const auto found = std::find(names.begin(), names.end(), input);
  if (found == names.end()) {
    throw ConfigError(
        fmt::format("node '{}', input: expected the name of an earlier node, got '{}'{}",
                    def.name(), input, DidYouMean(input, names)));
  }
  return graph.nodes[static_cast<std::size_t>(found - names.begin())].output;
}

std::vector<int> FindInputs(const Graph& graph, const NodeDef& def) {
  if (def.input().empty()) return {graph.nodes.back().output};
  std::vector<int> inputs;
  for (const std::string& input : def.input()) inputs.push_back(FindInput(graph, def, input));
  return inputs;
}

void CheckLogits(const Graph& graph, std::int64_t samples, std::int64_t classes) {
  const Node& last = graph.nodes.back();
  const Shape expected{samples, classes};
  if (last.schema.output == expected) return;
  throw ConfigError(
      fmt::format("node '{}': the last node's output is the logits, expected {} (samples, "
                  "model.classes), got {}",
                  last.def.name(), ToText(expected), ToText(last.schema.output)));
}

void CheckAllRead(const Graph& graph) {
  std::vector<bool> read(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    for (int input : node.inputs) read[static_cast<std::size_t>(input)] = true;
  }
  for (const Node& node : graph.nodes) {
    if (node.output == graph.loss || read[static_cast<std::size_t>(node.output)]) continue;
    throw ConfigError(fmt::format(
        "node '{}': expected another node to read it, got none; remove it or name it as an input",
        node.def.name()));
  }
}

}  // namespace

DataType ActivationType(Precision::Type precision) {
  switch (precision) {
    case Precision::F32:
      return DataType::kF32;
    case Precision::BF16:
      return DataType::kBF16;
    case Precision::F16:
      return DataType::kF16;
  }
  return DataType::kF32;
}

int StoredValue(const Graph& graph, int value) {
  while (value >= Graph::kSources) {
    const Node& node = graph.nodes[static_cast<std::size_t>(value - Graph::kSources)];
    if (!node.schema.is_view) break;
    value = node.inputs[0];
  }
  return value;
}

Graph BuildGraph(const Config& config, const ImageShape& images, std::int64_t samples) {
  CheckSizes(config, images, samples);
  GraphBuilder builder(images, samples, ActivationType(config.precision()));
  builder.Append(InputNode(config.data(), images), {Graph::kImages});
  const GraphConfig nodes = NodesOf(config.model(), images);
  for (const NodeDef& def : nodes.node()) {
    CheckName(builder.graph(), def);
    CheckOp(def);
    builder.Append(def, FindInputs(builder.graph(), def));
  }
  CheckLogits(builder.graph(), samples, config.model().classes());
  const int logits = builder.graph().nodes.back().output;
  Graph graph = builder.Finish(logits, config.loss());
  CheckAllRead(graph);
  return FoldBatchNorm(std::move(graph));
}

}  // namespace lockstep
