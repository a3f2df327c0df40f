// Golden plans. After a wanted change: LOCKSTEP_UPDATE_GOLDEN=1 core_tests
// --gtest_filter='PlanTextTest.*' writes them anew; review the difference and commit it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "core/plan/plan.h"
#include "tests/core/plan/planned_graph.h"

namespace lockstep {
namespace {

std::string GoldenPath(const std::string& name) {
  return std::string(LOCKSTEP_SOURCE_DIR) + "/tests/core/plan/golden/" + name;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void ExpectGolden(const std::string& text, const std::string& name) {
  if (std::getenv("LOCKSTEP_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(GoldenPath(name), std::ios::binary) << text;
  }
  EXPECT_EQ(text, ReadFile(GoldenPath(name)));
}

TEST(PlanTextTest, LeNetTrainingIsAsReviewed) {
  const PlannedGraph planned = LeNetGraph(8);
  PlanOptions options;
  options.ranks = 2;
  options.bucket_elements = 20000;
  ExpectGolden(ToText(MakePlan(planned.graph, planned.needs, options), planned.graph),
               "lenet_train.txt");
}

TEST(PlanTextTest, LeNetEvaluationIsAsReviewed) {
  const PlannedGraph planned = LeNetGraph(16);
  PlanOptions options;
  options.phase = Phase::kEvaluate;
  ExpectGolden(ToText(MakePlan(planned.graph, planned.needs, options), planned.graph),
               "lenet_evaluate.txt");
}

TEST(PlanTextTest, NamesPartialGradientsAndTheirSum) {
  const PlannedGraph planned = ResNetGraph("resnet18", 1, DataType::kF32);
  const std::string text = ToText(MakePlan(planned.graph, planned.needs, {}), planned.graph);
  EXPECT_NE(text.find("gradient sum of maxpool"), std::string::npos);
  EXPECT_NE(text.find("partial gradient of maxpool"), std::string::npos);
}

}  // namespace
}  // namespace lockstep
