#include "core/graph/fold_batch_norm.h"

#include <optional>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

/// Nodes that one BatchNorm replaces, as positions in the graph.
struct Chain {
  int batch_norm = 0;
  std::optional<int> add;
  std::size_t summand = 0;  ///< which input of the Add is the BatchNorm
};

class BatchNormFolder {
 public:
  explicit BatchNormFolder(Graph graph)
      : graph_(std::move(graph)), readers_(graph_.values.size()), removed_(graph_.nodes.size()) {
    for (const Node& node : graph_.nodes) {
      for (int input : node.inputs) ++readers_[static_cast<std::size_t>(input)];
    }
  }

  Graph Fold() {
    for (std::size_t relu = 0; relu < graph_.nodes.size(); ++relu) {
      if (!graph_.nodes[relu].def.has_relu()) continue;
      if (const std::optional<Chain> chain = ChainBefore(relu)) Replace(relu, *chain);
    }
    return Renumbered();
  }

 private:
  Node& NodeAt(int number) { return graph_.nodes[static_cast<std::size_t>(number)]; }

  // The node that computes `value` for one reader alone; none where there are more, or it is a
  // source.
  std::optional<int> SoleProducer(int value) const {
    if (value < Graph::kSources || readers_[static_cast<std::size_t>(value)] != 1) return {};
    return value - Graph::kSources;
  }

  std::optional<int> FoldableBatchNorm(int value) {
    const std::optional<int> producer = SoleProducer(value);
    if (!producer || !NodeAt(*producer).def.has_batch_norm()) return {};
    return NodeAt(*producer).def.batch_norm().relu() ? std::nullopt : producer;
  }

  std::optional<Chain> ChainBefore(std::size_t relu) {
    const int value = graph_.nodes[relu].inputs[0];
    if (const auto batch_norm = FoldableBatchNorm(value)) return Chain{*batch_norm, {}, 0};
    const std::optional<int> add = SoleProducer(value);
    if (!add || !NodeAt(*add).def.has_add() || NodeAt(*add).inputs.size() != 2) return {};
    for (const std::size_t summand : {std::size_t{0}, std::size_t{1}}) {
      const auto batch_norm = FoldableBatchNorm(NodeAt(*add).inputs[summand]);
      if (batch_norm) return Chain{*batch_norm, add, summand};
    }
    return {};
  }

  void Replace(std::size_t relu, const Chain& chain) {
    Node folded = NodeAt(chain.batch_norm);
    removed_[static_cast<std::size_t>(chain.batch_norm)] = true;
    folded.def.mutable_batch_norm()->set_relu(true);
    if (chain.add) {
      const Node& add = NodeAt(*chain.add);
      removed_[static_cast<std::size_t>(*chain.add)] = true;
      folded.inputs.push_back(add.inputs[1 - chain.summand]);
      folded.input_needs_gradient.push_back(add.input_needs_gradient[1 - chain.summand]);
    }
    folded.output = graph_.nodes[relu].output;
    graph_.values[static_cast<std::size_t>(folded.output)].name = folded.def.name();
    graph_.nodes[relu] = std::move(folded);
  }

  // Without the nodes that were replaced; values keep their place behind the sources.
  Graph Renumbered() const {
    Graph folded;
    std::vector<int> number_of(graph_.values.size());
    for (int value = 0; value < static_cast<int>(graph_.values.size()); ++value) {
      const auto node = static_cast<std::size_t>(value - Graph::kSources);
      if (value >= Graph::kSources && removed_[node]) continue;
      number_of[static_cast<std::size_t>(value)] = static_cast<int>(folded.values.size());
      folded.values.push_back(graph_.values[static_cast<std::size_t>(value)]);
      if (value >= Graph::kSources) folded.nodes.push_back(graph_.nodes[node]);
    }
    const auto renumber = [&](int& value) { value = number_of[static_cast<std::size_t>(value)]; };
    for (Node& node : folded.nodes) {
      for (int& input : node.inputs) renumber(input);
      renumber(node.output);
    }
    folded.logits = number_of[static_cast<std::size_t>(graph_.logits)];
    folded.loss = number_of[static_cast<std::size_t>(graph_.loss)];
    return folded;
  }

  Graph graph_;
  std::vector<int> readers_;   // of each value
  std::vector<bool> removed_;  // each node
};

}  // namespace

Graph FoldBatchNorm(Graph graph) { return BatchNormFolder(std::move(graph)).Fold(); }

}  // namespace lockstep
