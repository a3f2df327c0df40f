#include "core/graph/graph_builder.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

bool KeepsShape(const NodeDef& def) { return def.has_relu() || def.has_dropout(); }

}  // namespace

GraphBuilder::GraphBuilder(const ImageShape& images, std::int64_t samples, DataType activations)
    : activations_(activations) {
  const Shape image{samples, images.height, images.width, images.channels};
  graph_.values = {{"images", image, DataType::kU8},
                   {"labels", Shape{samples}, DataType::kI32},
                   {"sample_weights", Shape{samples}, DataType::kF32}};
}

bool GraphBuilder::DependsOnParameter(int value) const {
  if (value < Graph::kSources) return false;
  const Node& node = graph_.nodes[static_cast<std::size_t>(value - Graph::kSources)];
  return !node.schema.parameters.empty() ||
         std::any_of(node.input_needs_gradient.begin(), node.input_needs_gradient.end(),
                     [](bool needed) { return needed; });
}

Shape GraphBuilder::FlattenedImage(int value) const {
  while (value >= Graph::kSources) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(value - Graph::kSources)];
    if (node.def.has_flatten())
      return graph_.values[static_cast<std::size_t>(node.inputs[0])].shape;
    if (!KeepsShape(node.def)) break;
    value = node.inputs[0];
  }
  return Shape();
}

// PyTorch flattens in C, H, W order: a dense layer behind it has columns in that order in files.
void GraphBuilder::SetFileLayout(Node& node) const {
  if (!node.def.has_dense()) return;
  const Shape image = FlattenedImage(node.inputs[0]);
  if (image.rank() != 4) return;
  ParameterSpec& weight = node.schema.parameters[0];
  weight.layout = {Shape{weight.shape[0], image[1], image[2], image[3]}, weight.shape};
}

int GraphBuilder::Append(NodeDef def, std::vector<int> inputs) {
  Node node;
  node.def = std::move(def);
  node.inputs = std::move(inputs);
  std::vector<Shape> shapes;
  for (int input : node.inputs) {
    shapes.push_back(graph_.values[static_cast<std::size_t>(input)].shape);
    node.input_needs_gradient.push_back(DependsOnParameter(input));
  }
  node.schema = InferSchema(node.def, shapes);
  SetFileLayout(node);
  node.output = static_cast<int>(graph_.values.size());
  graph_.values.push_back({node.def.name(), node.schema.output, activations_});
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().output;
}

Graph GraphBuilder::Finish(int logits, const LossConfig& loss) {
  NodeDef def;
  def.set_name("loss");
  def.mutable_softmax_cross_entropy()->set_label_smoothing(loss.label_smoothing());
  *def.mutable_softmax_cross_entropy()->mutable_class_weight() = loss.class_weight();
  graph_.logits = logits;
  graph_.loss = Append(std::move(def), {logits, Graph::kLabels, Graph::kSampleWeights});
  graph_.values.back().type = DataType::kF32;
  return std::exchange(graph_, Graph());
}

}  // namespace lockstep
