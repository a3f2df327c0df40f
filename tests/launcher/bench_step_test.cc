#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/launcher/process.h"

namespace lockstep {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::vector<std::string> Bench(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"bench", "step",      "--model", "lenet",     "--batch",
                                        "8",     "--threads", "1",       "--seconds", "0.05"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json Measured(const std::vector<std::string>& more) {
  const ProcessResult result = RunLockstep(Bench(more));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return json::parse(result.out);
}

TEST(BenchStepTest, TellsTheStepAlone) {
  const json row = Measured({"--json"});
  for (const char* field :
       {"images_per_second", "step_ms", "batch", "precision", "backend", "threads", "device"}) {
    EXPECT_TRUE(row.contains(field)) << field;
  }
  EXPECT_FALSE(row.contains("ops"));
}

TEST(BenchStepTest, TellsEachOpInTheOrderOfTheStep) {
  const json row = Measured({"--per-op", "--json"});
  EXPECT_GT(row["ceilings"]["f32_gflops"], 0);
  EXPECT_GT(row["ceilings"]["gb_per_s"], 0);
  std::vector<std::string> convolutions;
  for (const json& op : row["ops"]) {
    EXPECT_GT(op["ms"], 0) << op;
    EXPECT_GT(op["share"], 0) << op;
    EXPECT_NE(op["implementation"], "") << op;
    if (op["op"] != "conv2d") continue;
    convolutions.push_back(op["node"].get<std::string>() + " " + op["pass"].get<std::string>());
  }
  EXPECT_EQ(convolutions, (std::vector<std::string>{"conv1 forward", "conv2 forward",
                                                    "conv2 backward", "conv1 backward"}));
}

TEST(BenchStepTest, CountsTheFlopsOfAllShards) {
  for (const std::string shards : {"1", "4"}) {
    const json row = Measured({"--per-op", "--json", "--set", "shards=" + shards});
    const json& conv1 = row["ops"][1];
    ASSERT_EQ(conv1["node"], "conv1");
    const double flops = conv1["gflops"].get<double>() * conv1["ms"].get<double>() * 1e6;
    EXPECT_NEAR(flops, 2.0 * 8 * 28 * 28 * 6 * 25, 1) << shards << " shards";
  }
}

TEST(BenchStepTest, AccountsForTheObservedStep) {
  const json row = Measured({"--per-op", "--json"});
  double accounted = row["remainder_ms"];
  for (const json& op : row["ops"]) accounted += op["ms"].get<double>();
  for (const char* part : {"preparation_ms", "between_ms", "finish_ms"}) {
    accounted += row["parts"][part].get<double>();
  }
  EXPECT_NEAR(accounted, row["step_ms"]["median"].get<double>(), 1e-6);
}

TEST(BenchStepTest, PrintsATableWithCeilingsAndASummary) {
  const ProcessResult result = RunLockstep(Bench({"--per-op"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ceilings: "));
  EXPECT_THAT(result.out, HasSubstr("all of one kind"));
  EXPECT_THAT(result.out, HasSubstr("2 tasks"));
  EXPECT_THAT(result.out, HasSubstr("exchange of buckets, beside the tasks"));
}

}  // namespace
}  // namespace lockstep
