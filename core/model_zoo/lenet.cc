#include "core/model_zoo/lenet.h"

#include <string>

namespace lockstep {
namespace {

NodeDef& AddNode(GraphConfig& graph, const std::string& name) {
  NodeDef& node = *graph.add_node();
  node.set_name(name);
  return node;
}

/// conv<number>, relu<number>, pool<number>.
struct ConvolutionStage {
  std::string number;
  int channels = 0;
  int padding = 0;
};

void AddStage(GraphConfig& graph, const ConvolutionStage& stage) {
  Conv2d& convolution = *AddNode(graph, "conv" + stage.number).mutable_conv2d();
  convolution.set_channels(stage.channels);
  convolution.set_kernel(5);
  convolution.set_padding(stage.padding);
  AddNode(graph, "relu" + stage.number).mutable_relu();
  AddNode(graph, "pool" + stage.number).mutable_max_pool()->set_kernel(2);
}

void AddDense(GraphConfig& graph, const std::string& name, int units) {
  AddNode(graph, name).mutable_dense()->set_units(units);
}

void AddDropout(GraphConfig& graph, const std::string& name, float rate) {
  if (rate > 0) AddNode(graph, name).mutable_dropout()->set_rate(rate);
}

}  // namespace

GraphConfig LeNet(const ModelConfig& model) {
  GraphConfig graph;
  AddStage(graph, {"1", 6, 2});
  AddStage(graph, {"2", 16, 0});
  AddNode(graph, "flatten").mutable_flatten();
  AddDense(graph, "fc1", 120);
  AddNode(graph, "relu3").mutable_relu();
  AddDropout(graph, "dropout1", model.dropout());
  AddDense(graph, "fc2", 84);
  AddNode(graph, "relu4").mutable_relu();
  AddDropout(graph, "dropout2", model.dropout());
  AddDense(graph, "fc3", model.classes());
  return graph;
}

}  // namespace lockstep
