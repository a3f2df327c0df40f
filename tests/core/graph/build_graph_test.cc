#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/errors.h"
#include "core/graph/graph.h"
#include "tests/core/parse_message.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ImageShape kGrey = {28, 28, 1};
constexpr ImageShape kColour = {8, 8, 3};

Graph Build(const std::string& config, const ImageShape& images = kGrey) {
  return BuildGraph(ParseMessage<Config>(config), images, 4);
}

std::string WithNodes(const std::string& nodes) {
  return "model { classes: 5 graph { " + nodes + " } }";
}

std::string ErrorOf(const std::string& config, const ImageShape& images = kGrey) {
  return ThrownMessage<ConfigError>([&] { Build(config, images); });
}

const Node& NodeNamed(const Graph& graph, const std::string& name) {
  for (const Node& node : graph.nodes) {
    if (node.def.name() == name) return node;
  }
  throw std::out_of_range("no node " + name);
}

const std::string kHead =
    "node { name: 'flat' flatten {} } node { name: 'out' dense { units: 5 } }";

TEST(BuildGraphTest, FramesTheNodesWithInputAndLoss) {
  const Graph graph = Build(WithNodes(kHead));
  ASSERT_EQ(graph.nodes.size(), 4u);
  EXPECT_EQ(graph.nodes.front().def.name(), "input");
  EXPECT_THAT(graph.nodes.front().inputs, ElementsAre(Graph::kImages));
  EXPECT_EQ(graph.nodes.back().def.name(), "loss");
  EXPECT_THAT(graph.nodes.back().inputs,
              ElementsAre(graph.logits, Graph::kLabels, Graph::kSampleWeights));
  EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.logits)].name, "out");
  EXPECT_EQ(graph.loss, graph.nodes.back().output);
}

TEST(BuildGraphTest, GivesEveryValueShapeAndType) {
  const Graph graph = Build("precision: BF16 " + WithNodes(kHead));
  ASSERT_EQ(graph.values.size(), 7u);
  EXPECT_EQ(graph.values[Graph::kImages].shape, (Shape{4, 28, 28, 1}));
  EXPECT_EQ(graph.values[Graph::kImages].type, DataType::kU8);
  EXPECT_EQ(graph.values[Graph::kLabels].shape, (Shape{4}));
  EXPECT_EQ(graph.values[Graph::kLabels].type, DataType::kI32);
  EXPECT_EQ(graph.values[Graph::kSampleWeights].type, DataType::kF32);
  EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.logits)].type, DataType::kBF16);
  EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.loss)].type, DataType::kF32);
}

TEST(BuildGraphTest, NumbersValuesBehindTheSources) {
  const Graph graph = Build(WithNodes(kHead));
  for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
    EXPECT_EQ(graph.nodes[static_cast<std::size_t>(n)].output, n + Graph::kSources);
  }
}

TEST(BuildGraphTest, SpreadsOneMeanOverAllChannels) {
  const auto normalization = [](const std::string& data) {
    return Build("data { " + data + " } " + WithNodes(kHead), kColour)
        .nodes.front()
        .def.input_normalization();
  };
  EXPECT_THAT(normalization("mean: [0.5] std: [0.25]").mean(), ElementsAre(0.5f, 0.5f, 0.5f));
  EXPECT_THAT(normalization("mean: [0.1, 0.2, 0.3]").mean(), ElementsAre(0.1f, 0.2f, 0.3f));
  EXPECT_THAT(normalization("").mean(), ElementsAre(0, 0, 0));
  EXPECT_THAT(normalization("").std(), ElementsAre(1, 1, 1));
  EXPECT_THAT(ErrorOf("data { std: [1, 1] } " + WithNodes(kHead), kColour),
              AllOf(HasSubstr("data.std"), HasSubstr("3 channels"), HasSubstr("got 2")));
}

TEST(BuildGraphTest, CopiesTheLoss) {
  const Graph graph =
      Build("loss { label_smoothing: 0.1 class_weight: [1, 1, 1, 1, 2] } " + WithNodes(kHead));
  const SoftmaxCrossEntropy& loss = graph.nodes.back().def.softmax_cross_entropy();
  EXPECT_FLOAT_EQ(loss.label_smoothing(), 0.1f);
  EXPECT_THAT(loss.class_weight(), ElementsAre(1, 1, 1, 1, 2));
}

TEST(BuildGraphTest, ResolvesNamesAndTheNodeBefore) {
  const Graph graph = Build(WithNodes(R"(
      node { name: 'a' relu {} }
      node { name: 'b' input: 'input' relu {} }
      node { name: 'sum' input: 'b' input: 'a' add {} })" +
                                      kHead));
  EXPECT_EQ(NodeNamed(graph, "a").inputs[0], NodeNamed(graph, "input").output);
  EXPECT_EQ(NodeNamed(graph, "b").inputs[0], NodeNamed(graph, "input").output);
  EXPECT_THAT(NodeNamed(graph, "sum").inputs,
              ElementsAre(NodeNamed(graph, "b").output, NodeNamed(graph, "a").output));
  EXPECT_EQ(NodeNamed(graph, "flat").inputs[0], NodeNamed(graph, "sum").output);
}

TEST(BuildGraphTest, NeedsGradientsOnlyBehindParameters) {
  const Graph graph = Build(WithNodes(R"(
      node { name: 'r' relu {} }
      node { name: 'c' conv2d { channels: 1 kernel: 1 } }
      node { name: 'r2' relu {} }
      node { name: 'sum' input: 'r' input: 'r2' add {} })" +
                                      kHead));
  EXPECT_THAT(NodeNamed(graph, "input").input_needs_gradient, ElementsAre(false));
  EXPECT_THAT(NodeNamed(graph, "r").input_needs_gradient, ElementsAre(false));
  EXPECT_THAT(NodeNamed(graph, "c").input_needs_gradient, ElementsAre(false));
  EXPECT_THAT(NodeNamed(graph, "r2").input_needs_gradient, ElementsAre(true));
  EXPECT_THAT(NodeNamed(graph, "sum").input_needs_gradient, ElementsAre(false, true));
  EXPECT_THAT(NodeNamed(graph, "out").input_needs_gradient, ElementsAre(true));
  EXPECT_THAT(NodeNamed(graph, "loss").input_needs_gradient, ElementsAre(true, false, false));
}

TEST(BuildGraphTest, StoresTheFirstDenseLayerInPyTorchsOrder) {
  const Graph graph = Build(WithNodes(R"(
      node { name: 'flat' flatten {} }
      node { name: 'r' relu {} }
      node { name: 'd' dropout {} }
      node { name: 'first' dense { units: 7 } }
      node { name: 'out' dense { units: 5 } })"),
                            kColour);
  EXPECT_EQ(NodeNamed(graph, "first").schema.parameters[0].layout,
            (FileLayout{Shape{7, 8, 8, 3}, Shape{7, 192}}));
  EXPECT_EQ(NodeNamed(graph, "out").schema.parameters[0].layout,
            (FileLayout{Shape(), Shape{5, 7}}));
}

TEST(BuildGraphTest, FindsTheValueBehindViews) {
  const Graph graph = Build(WithNodes(R"(
      node { name: 'idle' dropout { rate: 0 } })" +
                                      kHead));
  const int input = NodeNamed(graph, "input").output;
  EXPECT_EQ(StoredValue(graph, NodeNamed(graph, "flat").output), input);
  EXPECT_EQ(StoredValue(graph, NodeNamed(graph, "idle").output), input);
  EXPECT_EQ(StoredValue(graph, graph.logits), graph.logits);
  EXPECT_EQ(StoredValue(graph, Graph::kImages), Graph::kImages);
}

TEST(BuildGraphTest, NamesTheNearestNodeForAnUnknownInput) {
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'conv1' relu {} } "
                                "node { name: 'b' input: 'conv2' relu {} } " +
                                kHead)),
              AllOf(HasSubstr("node 'b', input"), HasSubstr("'conv2'"),
                    HasSubstr("did you mean 'conv1'?")));
}

TEST(BuildGraphTest, RefusesAnInputThatComesLater) {
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'a' input: 'flat' relu {} } " + kHead)),
              HasSubstr("the name of an earlier node, got 'flat'"));
}

TEST(BuildGraphTest, RefusesBadNames) {
  EXPECT_THAT(ErrorOf(WithNodes("node { relu {} } " + kHead)),
              HasSubstr("model.graph.node[0]: expected a name"));
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'a/b' relu {} } " + kHead)), HasSubstr("node 'a/b'"));
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'input' relu {} } " + kHead)), HasSubstr("reserved"));
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'loss' relu {} } " + kHead)), HasSubstr("reserved"));
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'a' relu {} } node { name: 'a' relu {} } " + kHead)),
              AllOf(HasSubstr("node 'a'"), HasSubstr("twice")));
}

TEST(BuildGraphTest, RefusesWhatItAddsItself) {
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'a' input_normalization {} } " + kHead)),
              AllOf(HasSubstr("node 'a'"), HasSubstr("data.mean")));
  EXPECT_THAT(ErrorOf(WithNodes(kHead + " node { name: 'a' softmax_cross_entropy {} }")),
              HasSubstr("node 'a'"));
}

TEST(BuildGraphTest, RefusesAnEmptyGraph) {
  EXPECT_THAT(ErrorOf("model { graph {} }"), HasSubstr("at least one node"));
  EXPECT_THAT(ErrorOf("model {}"), HasSubstr("exactly one of preset and graph, got none"));
  EXPECT_THAT(ErrorOf("model { preset: 'lenet' graph {} }"), HasSubstr("got both"));
}

TEST(BuildGraphTest, RefusesAnUnreadNode) {
  EXPECT_THAT(ErrorOf(WithNodes("node { name: 'a' relu {} } "
                                "node { name: 'flat' input: 'input' flatten {} }"
                                "node { name: 'out' dense { units: 5 } }")),
              AllOf(HasSubstr("node 'a'"), HasSubstr("another node to read it")));
}

TEST(BuildGraphTest, RefusesALastNodeThatIsNoLogits) {
  EXPECT_THAT(
      ErrorOf(WithNodes("node { name: 'a' relu {} }")),
      AllOf(HasSubstr("node 'a'"), HasSubstr("expected [4, 5]"), HasSubstr("got [4, 28, 28, 1]")));
  EXPECT_THAT(ErrorOf("model { classes: 6 graph { " + kHead + " } }"),
              HasSubstr("expected [4, 6]"));
}

TEST(BuildGraphTest, RefusesSizesBelowOne) {
  const Config config = ParseMessage<Config>("model { preset: 'lenet' }");
  EXPECT_THROW(BuildGraph(config, {0, 28, 1}, 4), ConfigError);
  EXPECT_THROW(BuildGraph(config, {28, 0, 1}, 4), ConfigError);
  EXPECT_THROW(BuildGraph(config, {28, 28, 0}, 4), ConfigError);
  EXPECT_THROW(BuildGraph(config, kGrey, 0), ConfigError);
  EXPECT_THAT(ErrorOf("model { preset: 'lenet' classes: 1 }"), HasSubstr("model.classes"));
}

}  // namespace
}  // namespace lockstep
