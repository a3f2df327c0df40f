// What the graph pass folds and what it leaves, seen through BuildGraph.

#include "core/graph/fold_batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/errors.h"
#include "core/graph/graph_builder.h"
#include "tests/core/parse_message.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ImageShape kImages = {8, 8, 3};

const std::string kHead =
    "node { name: 'flat' flatten {} } node { name: 'out' dense { units: 5 } }";

Config ConfigOf(const std::string& nodes) {
  return ParseMessage<Config>("model { classes: 5 graph { " + nodes + " } }");
}

/// `nodes` between the image and a dense layer.
Graph Build(const std::string& nodes) { return BuildGraph(ConfigOf(nodes + kHead), kImages, 4); }

/// "name(inputs)" of each node, marked where a ReLU is folded into it.
std::vector<std::string> Outline(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Node& node : graph.nodes) {
    std::string line = node.def.name() + (node.def.batch_norm().relu() ? "+relu(" : "(");
    for (int input : node.inputs) {
      line += (line.back() == '(' ? "" : ", ") + graph.values[static_cast<std::size_t>(input)].name;
    }
    lines.push_back(line + ")");
  }
  return lines;
}

/// The nodes between the image and the dense layer.
std::vector<std::string> Middle(const Graph& graph) {
  const std::vector<std::string> lines = Outline(graph);
  return {lines.begin() + 1, lines.end() - 3};
}

/// What holds for every graph: values behind the sources in the order of the nodes, inputs before
/// their use, one flag for each input.
void ExpectConsistent(const Graph& graph) {
  ASSERT_EQ(graph.values.size(), graph.nodes.size() + Graph::kSources);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    EXPECT_EQ(node.output, static_cast<int>(n) + Graph::kSources);
    EXPECT_EQ(node.input_needs_gradient.size(), node.inputs.size());
    EXPECT_LT(*std::max_element(node.inputs.begin(), node.inputs.end()), node.output);
    const Value& value = graph.values[static_cast<std::size_t>(node.output)];
    EXPECT_EQ(value.name, node.def.name());
    EXPECT_EQ(value.shape, node.schema.output);
  }
  EXPECT_EQ(graph.nodes.back().output, graph.loss);
  EXPECT_EQ(graph.nodes.back().inputs[0], graph.logits);
}

TEST(FoldBatchNormTest, TakesInTheReluBehind) {
  const Graph graph = Build(R"(
      node { name: 'conv' conv2d { channels: 4 kernel: 1 } }
      node { name: 'bn' batch_norm { momentum: 0.5 } }
      node { name: 'relu' relu {} })");
  EXPECT_THAT(Middle(graph), ElementsAre("conv(input)", "bn+relu(conv)"));
  EXPECT_EQ(graph.nodes[2].schema.parameters.size(), 4u);
  EXPECT_FLOAT_EQ(graph.nodes[2].def.batch_norm().momentum(), 0.5f);
  ExpectConsistent(graph);
}

const std::string kBranches = R"(
    node { name: 'a' conv2d { channels: 3 kernel: 1 } }
    node { name: 'bn' batch_norm {} }
    node { name: 'b' input: 'input' conv2d { channels: 3 kernel: 1 } })";

TEST(FoldBatchNormTest, TakesInTheSumAndTheReluBehindAndStandsBehindTheOtherSummand) {
  const Graph graph = Build(kBranches +
                            "node { name: 'sum' input: 'bn' input: 'b' add {} }"
                            "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "b(input)", "bn+relu(a, b)"));
  EXPECT_THAT(graph.nodes[3].input_needs_gradient, ElementsAre(true, true));
  ExpectConsistent(graph);
}

TEST(FoldBatchNormTest, FindsTheBatchNormAmongEitherOfTheSummands) {
  const Graph graph = Build(kBranches +
                            "node { name: 'sum' input: 'b' input: 'bn' add {} }"
                            "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "b(input)", "bn+relu(a, b)"));
}

TEST(FoldBatchNormTest, NeedsNoGradientOfASummandThatDependsOnNoParameter) {
  const Graph graph = Build(
      "node { name: 'a' conv2d { channels: 3 kernel: 1 } } node { name: 'bn' batch_norm {} }"
      "node { name: 'sum' input: 'bn' input: 'input' add {} } node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "bn+relu(a, input)"));
  EXPECT_THAT(graph.nodes[2].input_needs_gradient, ElementsAre(true, false));
}

TEST(FoldBatchNormTest, FoldsTheFirstOfTwoSummands) {
  const Graph graph = Build(kBranches +
                            "node { name: 'bn2' input: 'b' batch_norm {} }"
                            "node { name: 'sum' input: 'bn2' input: 'bn' add {} }"
                            "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "bn(a)", "b(input)", "bn2+relu(b, bn)"));
  ExpectConsistent(graph);
}

TEST(FoldBatchNormTest, FoldsEveryBlockOfAResidualNetwork) {
  const Graph graph = Build(R"(
      node { name: 'stem' conv2d { channels: 4 kernel: 1 } }
      node { name: 'bn0' batch_norm {} }
      node { name: 'relu0' relu {} }
      node { name: 'conv1' conv2d { channels: 4 kernel: 1 } }
      node { name: 'bn1' batch_norm {} }
      node { name: 'relu1' relu {} }
      node { name: 'conv2' conv2d { channels: 4 kernel: 1 } }
      node { name: 'bn2' batch_norm {} }
      node { name: 'sum' input: 'bn2' input: 'relu0' add {} }
      node { name: 'relu2' relu {} })");
  EXPECT_THAT(Middle(graph), ElementsAre("stem(input)", "bn0+relu(stem)", "conv1(bn0)",
                                         "bn1+relu(conv1)", "conv2(bn1)", "bn2+relu(conv2, bn0)"));
  ExpectConsistent(graph);
}

TEST(FoldBatchNormTest, LeavesASumWithoutRelu) {
  const Graph graph = Build(kBranches + "node { name: 'sum' input: 'bn' input: 'b' add {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "bn(a)", "b(input)", "sum(bn, b)"));
}

TEST(FoldBatchNormTest, LeavesASumOfThree) {
  const Graph graph = Build(kBranches +
                            "node { name: 'sum' input: 'bn' input: 'b' input: 'input' add {} }"
                            "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph),
              ElementsAre("a(input)", "bn(a)", "b(input)", "sum(bn, b, input)", "relu(sum)"));
}

TEST(FoldBatchNormTest, LeavesWhatHasASecondReader) {
  const Graph read_twice =
      Build(kBranches +
            "node { name: 'relu' input: 'bn' relu {} }"
            "node { name: 'sum' input: 'relu' input: 'bn' input: 'b' add {} }");
  EXPECT_THAT(Middle(read_twice),
              ElementsAre("a(input)", "bn(a)", "b(input)", "relu(bn)", "sum(relu, bn, b)"));
  const Graph sum_read_twice = Build(kBranches +
                                     "node { name: 'sum' input: 'bn' input: 'b' add {} }"
                                     "node { name: 'relu' relu {} }"
                                     "node { name: 'end' input: 'sum' input: 'relu' add {} }");
  EXPECT_THAT(Middle(sum_read_twice), ElementsAre("a(input)", "bn(a)", "b(input)", "sum(bn, b)",
                                                  "relu(sum)", "end(sum, relu)"));
}

TEST(FoldBatchNormTest, LeavesASumOfAValueWithItself) {
  const Graph graph = Build(
      "node { name: 'bn' batch_norm {} } node { name: 'sum' input: 'bn' input: 'bn' add {} }"
      "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("bn(input)", "sum(bn, bn)", "relu(sum)"));
}

TEST(FoldBatchNormTest, LeavesABatchNormThatIsTheLogits) {
  const std::string dense =
      "node { name: 'flat' flatten {} } node { name: 'd' dense { units: 5 } }";
  const Graph graph = BuildGraph(ConfigOf(dense + "node { name: 'bn' batch_norm {} }"), kImages, 4);
  EXPECT_THAT(Outline(graph), ElementsAre("input(images)", "flat(input)", "d(flat)", "bn(d)",
                                          "loss(bn, labels, sample_weights)"));
}

TEST(FoldBatchNormTest, MakesTheFoldedNodeTheLogitsWhereTheReluWas) {
  const std::string dense =
      "node { name: 'flat' flatten {} } node { name: 'd' dense { units: 5 } }";
  const Graph graph = BuildGraph(
      ConfigOf(dense + "node { name: 'bn' batch_norm {} } node { name: 'r' relu {} }"), kImages, 4);
  EXPECT_THAT(Outline(graph), ElementsAre("input(images)", "flat(input)", "d(flat)", "bn+relu(d)",
                                          "loss(bn, labels, sample_weights)"));
  ExpectConsistent(graph);
}

// Negative control: a ReLU over the logits is a second reader beside the loss, and folding it would
// change the logits. No config describes this graph.
TEST(FoldBatchNormTest, CountsTheLossAmongTheReaders) {
  GraphBuilder builder(kImages, 4, DataType::kF32);
  const auto append = [&](const std::string& def, std::vector<int> inputs) {
    return builder.Append(ParseMessage<NodeDef>(def), std::move(inputs));
  };
  const int image = append("name: 'input' input_normalization { mean: [0, 0, 0] std: [1, 1, 1] }",
                           {Graph::kImages});
  const int features = append("name: 'flat' flatten {}", {image});
  const int logits = append("name: 'bn' batch_norm {}", {features});
  append("name: 'relu' relu {}", {logits});
  const Graph graph = FoldBatchNorm(builder.Finish(logits, LossConfig()));
  EXPECT_THAT(Outline(graph), ElementsAre("input(images)", "flat(input)", "bn(flat)", "relu(bn)",
                                          "loss(bn, labels, sample_weights)"));
}

TEST(FoldBatchNormTest, KeepsAGraphWithoutBatchNorm) {
  const Graph graph = Build(
      "node { name: 'a' conv2d { channels: 4 kernel: 1 } }"
      "node { name: 'relu' relu {} }");
  EXPECT_THAT(Middle(graph), ElementsAre("a(input)", "relu(a)"));
  ExpectConsistent(graph);
}

std::string ErrorOf(const std::string& nodes) {
  return ThrownMessage<ConfigError>([&] { Build(nodes); });
}

TEST(FoldBatchNormTest, RefusesItsOwnResultInAConfig) {
  EXPECT_THAT(ErrorOf("node { name: 'a' batch_norm { relu: true } }"),
              AllOf(HasSubstr("node 'a', relu"), HasSubstr("add that node")));
  EXPECT_THAT(ErrorOf("node { name: 'c' relu {} }"
                      "node { name: 'a' input: 'c' input: 'input' batch_norm {} }"),
              AllOf(HasSubstr("node 'a', input"), HasSubstr("got 2")));
}

TEST(FoldBatchNormTest, LeavesErrorsTheNodesThatTheUserWrote) {
  EXPECT_THAT(ErrorOf("node { name: 'bn' batch_norm {} } node { name: 'relu' relu {} }"
                      "node { name: 'a' input: 'relu1' relu {} }"),
              AllOf(HasSubstr("node 'a', input"), HasSubstr("did you mean 'relu'?")));
  EXPECT_THAT(ErrorOf("node { name: 'bn' batch_norm {} } node { name: 'relu' relu {} }"
                      "node { name: 'a' input: 'input' relu {} }"),
              HasSubstr("node 'relu': expected another node to read it"));
}

}  // namespace
}  // namespace lockstep
