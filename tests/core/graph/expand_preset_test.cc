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

GraphConfig Expand(const std::string& model) {
  return ExpandPreset(ParseMessage<ModelConfig>(model), kGrey);
}

std::vector<std::string> NamesOf(const GraphConfig& graph) {
  std::vector<std::string> names;
  for (const NodeDef& node : graph.node()) names.push_back(node.name());
  return names;
}

std::int64_t TrainedElements(const Graph& graph) {
  std::int64_t elements = 0;
  for (const Node& node : graph.nodes) {
    for (const ParameterSpec& spec : node.schema.parameters) {
      if (spec.kind != ParameterKind::kControl) elements += spec.shape.elements();
    }
  }
  return elements;
}

TEST(ExpandPresetTest, LenetHasThePublishedNumberOfParameters) {
  const Config config = ParseMessage<Config>("model { preset: 'lenet' classes: 10 }");
  EXPECT_EQ(TrainedElements(BuildGraph(config, kGrey, 8)), 61706);
}

TEST(ExpandPresetTest, LenetIsALineOfNodes) {
  EXPECT_THAT(NamesOf(Expand("preset: 'lenet'")),
              ElementsAre("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1",
                          "relu3", "fc2", "relu4", "fc3"));
}

TEST(ExpandPresetTest, LenetHasDropoutWhereAsked) {
  const GraphConfig graph = Expand("preset: 'lenet' dropout: 0.3");
  EXPECT_THAT(NamesOf(graph),
              ElementsAre("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1",
                          "relu3", "dropout1", "fc2", "relu4", "dropout2", "fc3"));
  EXPECT_FLOAT_EQ(graph.node(9).dropout().rate(), 0.3f);
}

TEST(ExpandPresetTest, LenetTakesOtherSizesDownToTwelvePixels) {
  const Config config = ParseMessage<Config>("model { preset: 'lenet' classes: 3 }");
  EXPECT_NO_THROW(BuildGraph(config, {32, 32, 3}, 8));
  EXPECT_NO_THROW(BuildGraph(config, {12, 12, 1}, 8));
  EXPECT_THAT(ThrownMessage<ConfigError>([&] {
                BuildGraph(config, {11, 11, 1}, 8);
              }),
              HasSubstr("node 'pool2', kernel"));
}

TEST(ExpandPresetTest, ListsThePresetsForAnUnknownOne) {
  EXPECT_THAT(ThrownMessage<ConfigError>([] { Expand("preset: 'lenst'"); }),
              AllOf(HasSubstr("model.preset"), HasSubstr("expected one of lenet"),
                    HasSubstr("did you mean 'lenet'?")));
}

TEST(ExpandPresetTest, RefusesABadDropout) {
  for (const std::string rate : {"1", "-0.1", "nan"}) {
    EXPECT_THAT(ThrownMessage<ConfigError>([&] { Expand("preset: 'lenet' dropout: " + rate); }),
                HasSubstr("model.dropout"));
  }
}

}  // namespace
}  // namespace lockstep
