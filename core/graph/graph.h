#pragma once

// A model as data: nodes in execution order over values. Built once from the config; everything
// else (plan, model, files, ONNX) reads it.

#include <cstdint>
#include <string>
#include <vector>

#include "configs/config.pb.h"
#include "core/graph/op_schema.h"

namespace lockstep {

/// One op of the graph. A node has one output; its value has the node's number plus
/// Graph::kSources.
struct Node {
  NodeDef def;
  std::vector<int> inputs;  ///< values
  int output = 0;           ///< value
  OpSchema schema;
  /// For each input, whether the backward pass must produce its gradient.
  std::vector<bool> input_needs_gradient;
};

/// A tensor of the graph.
struct Value {
  std::string name;
  Shape shape;
  DataType type = DataType::kF32;
};

/// Shapes are those of one shard (or one evaluation batch): N = samples.
struct Graph {
  /// The three sources that the loader fills: values 0, 1, 2.
  static constexpr int kImages = 0;         ///< [N, H, W, C] uint8
  static constexpr int kLabels = 1;         ///< [N] int32
  static constexpr int kSampleWeights = 2;  ///< [N] float32, 0 for samples that do not count
  static constexpr int kSources = 3;

  std::vector<Node> nodes;  ///< the first is the input normalisation, the last the loss
  std::vector<Value> values;
  int logits = 0;  ///< value, [N, classes]
  int loss = 0;    ///< value of the loss node, [kLossSums] float32 (core/device/step_input.h)
};

/// The value whose memory holds `value`: itself, or what the views before it look at.
int StoredValue(const Graph& graph, int value);

/// The images a graph takes.
struct ImageShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
};

/// The type of activations and working weights.
DataType ActivationType(Precision::Type precision);

/// Builds the graph of `config` for `samples` images at a time: expands presets, adds input
/// normalisation and loss. Activations have the type of `config.precision`. Throws ConfigError
/// naming node and field.
Graph BuildGraph(const Config& config, const ImageShape& images, std::int64_t samples);

/// The nodes of the preset `model.preset`; throws ConfigError listing the presets there are.
GraphConfig ExpandPreset(const ModelConfig& model, const ImageShape& images);

}  // namespace lockstep
