#include "core/model_zoo/resnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "tests/core/parse_message.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsSupersetOf;

constexpr ImageShape kImageNet = {224, 224, 3};

Config ConfigOf(const std::string& preset, int classes) {
  Config config;
  config.mutable_model()->set_preset(preset);
  config.mutable_model()->set_classes(classes);
  return config;
}

std::int64_t TrainedParameters(const Graph& graph) {
  std::int64_t elements = 0;
  for (const Node& node : graph.nodes) {
    for (const ParameterSpec& spec : node.schema.parameters) {
      const bool trained =
          spec.kind == ParameterKind::kWeight || spec.kind == ParameterKind::kSmallWeight;
      if (trained) elements += spec.shape.elements();
    }
  }
  return elements;
}

/// "<node>.<parameter> <shape in files>", control words left out.
std::vector<std::string> ParametersOf(const Graph& graph) {
  std::vector<std::string> parameters;
  for (const Node& node : graph.nodes) {
    for (const ParameterSpec& spec : node.schema.parameters) {
      if (spec.kind == ParameterKind::kControl) continue;
      parameters.push_back(node.def.name() + "." + spec.name + " " +
                           ToText(spec.layout.file_shape));
    }
  }
  return parameters;
}

const NodeDef& NodeNamed(const GraphConfig& graph, const std::string& name) {
  for (const NodeDef& node : graph.node()) {
    if (node.name() == name) return node;
  }
  throw std::out_of_range(name);
}

GraphConfig Expand(int depth, ResNetStem stem = ResNetStem::kImageNet) {
  return ResNet(depth, stem, ParseMessage<ModelConfig>("classes: 10"));
}

struct Published {
  int depth = 0;
  std::int64_t parameters = 0;
  double multiply_adds = 0;
};

/// torchvision's documentation of the models: parameters, and GFLOPS in its count of multiply-adds.
constexpr std::array kPublished = {Published{18, 11689512, 1.81e9}, Published{34, 21797672, 3.66e9},
                                   Published{50, 25557032, 4.09e9},
                                   Published{101, 44549160, 7.80e9},
                                   Published{152, 60192808, 11.51e9}};

TEST(ResNetTest, HasThePublishedNumbersOfParametersAndMultiplyAdds) {
  for (const Published& published : kPublished) {
    const auto config = ConfigOf("resnet" + std::to_string(published.depth), 1000);
    const Graph graph = BuildGraph(config, kImageNet, 2);
    EXPECT_EQ(TrainedParameters(graph), published.parameters) << published.depth;
    double flops = 0;
    for (const Node& node : graph.nodes) flops += static_cast<double>(node.schema.forward_flops);
    EXPECT_NEAR(flops / 2 / 2 / published.multiply_adds, 1, 0.005) << published.depth;
  }
}

TEST(ResNetTest, HasTorchvisionsNamesAndShapes) {
  const Graph basic = BuildGraph(ConfigOf("resnet18", 1000), kImageNet, 1);
  EXPECT_THAT(
      ParametersOf(basic),
      IsSupersetOf(
          {"conv1.weight [64, 3, 7, 7]", "bn1.weight [64]", "bn1.bias [64]",
           "bn1.running_mean [64]", "bn1.running_var [64]", "layer1.1.conv2.weight [64, 64, 3, 3]",
           "layer2.0.conv1.weight [128, 64, 3, 3]", "layer2.0.bn2.running_var [128]",
           "layer2.0.downsample.0.weight [128, 64, 1, 1]",
           "layer2.0.downsample.1.running_mean [128]", "fc.weight [1000, 512]", "fc.bias [1000]"}));
  // 20 convolutions, 20 normalizations of four tensors, two of fc.
  EXPECT_EQ(ParametersOf(basic).size(), 20U + 4 * 20 + 2);
  const Graph bottlenecks = BuildGraph(ConfigOf("resnet50", 10), kImageNet, 1);
  EXPECT_THAT(ParametersOf(bottlenecks),
              IsSupersetOf({"layer1.0.downsample.0.weight [256, 64, 1, 1]",
                            "layer1.0.conv3.weight [256, 64, 1, 1]",
                            "layer3.5.conv1.weight [256, 1024, 1, 1]", "layer4.2.bn3.weight [2048]",
                            "fc.weight [10, 2048]"}));
  EXPECT_EQ(ParametersOf(bottlenecks).size(), 53U + 4 * 53 + 2);
}

TEST(ResNetTest, StridesInTheWideConvolutionOfABottleneck) {
  const GraphConfig graph = Expand(50);
  EXPECT_EQ(NodeNamed(graph, "layer2.0.conv1").conv2d().stride(), 1);
  EXPECT_EQ(NodeNamed(graph, "layer2.0.conv2").conv2d().stride(), 2);
  EXPECT_EQ(NodeNamed(graph, "layer2.0.downsample.0").conv2d().stride(), 2);
  EXPECT_EQ(NodeNamed(graph, "layer1.0.downsample.0").conv2d().stride(), 1);
  EXPECT_EQ(NodeNamed(graph, "layer2.1.conv2").conv2d().stride(), 1);
}

TEST(ResNetTest, AddsTheShortcutBeforeTheLastRelu) {
  const GraphConfig graph = Expand(18);
  EXPECT_THAT(NodeNamed(graph, "layer1.0.add").input(), ElementsAre("layer1.0.bn2", "maxpool"));
  EXPECT_THAT(NodeNamed(graph, "layer1.1.add").input(),
              ElementsAre("layer1.1.bn2", "layer1.0.relu2"));
  EXPECT_THAT(NodeNamed(graph, "layer2.0.add").input(),
              ElementsAre("layer2.0.bn2", "layer2.0.downsample.1"));
  EXPECT_THAT(NodeNamed(graph, "layer2.0.downsample.0").input(), ElementsAre("layer1.1.relu2"));
}

TEST(ResNetTest, HalvesTheImageFiveTimes) {
  const Graph graph = BuildGraph(ConfigOf("resnet34", 10), kImageNet, 2);
  std::vector<Shape> shapes;
  for (const Value& value : graph.values) shapes.push_back(value.shape);
  EXPECT_THAT(shapes,
              IsSupersetOf({Shape{2, 112, 112, 64}, Shape{2, 56, 56, 64}, Shape{2, 28, 28, 128},
                            Shape{2, 14, 14, 256}, Shape{2, 7, 7, 512}, Shape{2, 512}}));
}

TEST(ResNetTest, StartsAsTorchvisionDoes) {
  const Graph graph = BuildGraph(ConfigOf("resnet18", 10), kImageNet, 1);
  for (const Node& node : graph.nodes) {
    if (!node.def.has_conv2d() && !node.def.has_dense()) continue;
    const auto expected =
        node.def.has_conv2d() ? Initializer::KAIMING_NORMAL : Initializer::PYTORCH;
    EXPECT_EQ(node.schema.parameters[0].initializer, expected) << node.def.name();
    EXPECT_EQ(node.schema.parameters.size(), node.def.has_conv2d() ? 1U : 2U);
  }
}

std::vector<std::string> NormsThatStartAtZero(int depth, const std::string& model) {
  const GraphConfig graph = ResNet(depth, ResNetStem::kCifar, ParseMessage<ModelConfig>(model));
  std::vector<std::string> names;
  for (const NodeDef& node : graph.node()) {
    if (node.batch_norm().zero_init()) names.push_back(node.name());
  }
  return names;
}

TEST(ResNetTest, StartsTheLastNormOfEachBlockAtZeroWhereAsked) {
  EXPECT_THAT(NormsThatStartAtZero(18, ""), ElementsAre());
  EXPECT_THAT(NormsThatStartAtZero(18, "zero_init_residual: true"),
              ElementsAre("layer1.0.bn2", "layer1.1.bn2", "layer2.0.bn2", "layer2.1.bn2",
                          "layer3.0.bn2", "layer3.1.bn2", "layer4.0.bn2", "layer4.1.bn2"));
  const auto deep = NormsThatStartAtZero(50, "zero_init_residual: true");
  EXPECT_EQ(deep.size(), 16U);
  EXPECT_THAT(deep, Each(testing::EndsWith(".bn3")));
}

TEST(ResNetTest, TakesSmallImagesWithTheSmallStem) {
  const Graph colour = BuildGraph(ConfigOf("resnet18_cifar", 10), {32, 32, 3}, 2);
  EXPECT_EQ(TrainedParameters(colour), 11173962);
  EXPECT_EQ(TrainedParameters(BuildGraph(ConfigOf("resnet50_cifar", 10), {32, 32, 3}, 2)),
            23520842);
  EXPECT_THAT(ParametersOf(colour), Contains("conv1.weight [64, 3, 3, 3]"));
  const Graph grey = BuildGraph(ConfigOf("resnet34_cifar", 10), {28, 28, 1}, 2);
  EXPECT_THAT(ParametersOf(grey), Contains("conv1.weight [64, 1, 3, 3]"));
  std::vector<Shape> shapes;
  for (const Value& value : grey.values) shapes.push_back(value.shape);
  EXPECT_THAT(shapes, IsSupersetOf({Shape{2, 28, 28, 64}, Shape{2, 14, 14, 128},
                                    Shape{2, 7, 7, 256}, Shape{2, 4, 4, 512}}));
}

TEST(ResNetTest, TakesImagesOfAnySize) {
  for (const std::string preset : {"resnet18", "resnet50_cifar"}) {
    for (const ImageShape& images : {ImageShape{1, 1, 1}, {33, 17, 2}, {256, 320, 3}}) {
      const Graph graph = BuildGraph(ConfigOf(preset, 7), images, 4);
      EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.logits)].shape, (Shape{4, 7}));
    }
  }
}

TEST(ResNetTest, RefusesADepthThatIsNone) { EXPECT_THROW(Expand(20), std::invalid_argument); }

}  // namespace
}  // namespace lockstep
