#pragma once

// Grows a graph node by node: infers schemas, numbers values, finds which gradients are needed.
// BuildGraph's workhorse; tests use it for graphs that no config describes.

#include <vector>

#include "core/graph/graph.h"

namespace lockstep {

/// Not thread-safe.
class GraphBuilder {
 public:
  /// A graph of the three sources alone, for `samples` images at a time.
  GraphBuilder(const ImageShape& images, std::int64_t samples, DataType activations);

  /// Appends a node that reads `inputs`, which must be values of this graph. Returns its output's
  /// value. Throws ConfigError naming node and field.
  int Append(NodeDef def, std::vector<int> inputs);

  /// Appends the loss over `logits` under the name "loss", marks logits and loss, and hands out the
  /// graph. Throws ConfigError as InferSchema does. The builder is empty afterwards.
  Graph Finish(int logits, const LossConfig& loss);

  const Graph& graph() const { return graph_; }

 private:
  bool DependsOnParameter(int value) const;
  Shape FlattenedImage(int value) const;
  void SetFileLayout(Node& node) const;

  Graph graph_;
  DataType activations_;
};

}  // namespace lockstep
