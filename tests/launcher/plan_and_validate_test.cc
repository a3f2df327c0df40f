#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRecipe = LOCKSTEP_SOURCE_DIR "/configs/lenet_glyphs.textproto";

std::vector<std::string> Validate(const fs::path& config, const std::vector<std::string>& changes) {
  std::vector<std::string> arguments = {"validate", config.string()};
  for (const std::string& change : changes) {
    arguments.emplace_back("--set");
    arguments.push_back(change);
  }
  return arguments;
}

TEST(PlanVerbTest, TellsWhatLeNetNeeds) {
  const ProcessResult result = RunLockstep({"plan", "--model", "lenet", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["parameters"], 61706);
  // 2 * (28^2 * 6 * 25 + 10^2 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10)
  EXPECT_EQ(json["flops_per_image"], 833040);
  EXPECT_GE(json["arena_bytes"], json["live_peak_bytes"]);
  EXPECT_GE(json["buckets"], 1);
  EXPECT_EQ(json["devices"].size(), 1U);
}

TEST(PlanVerbTest, ShowsImplementationsAndLeavesSlotsToTheDebugLevel) {
  const ProcessResult plain = RunLockstep({"plan", "--model", "lenet"});
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_THAT(plain.out,
              AllOf(HasSubstr("conv1 "), HasSubstr(", weights "), Not(HasSubstr("slots"))));
  const ProcessResult debug = RunLockstep({"plan", "--model", "lenet", "--log-level", "debug"});
  EXPECT_EQ(debug.out, plain.out);
  EXPECT_THAT(debug.err, AllOf(HasSubstr("slots"), HasSubstr("backward conv1")));
}

TEST(PlanVerbTest, WastesAtMostATwentiethOfResNet50sMemory) {
  const ProcessResult result =
      RunLockstep({"plan", "--model", "resnet50", "--set", "batch=16", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["parameters"], 25557032);
  EXPECT_EQ(json["flops_per_image"], 2 * 4089184256);
  EXPECT_LE(json["arena_bytes"], 1.05 * json["live_peak_bytes"].get<double>());
}

TEST(PlanVerbTest, TellsWhatEachRankDoesAndSends) {
  const ProcessResult result = RunLockstep(
      {"plan", kRecipe, "--ranks", "3", "--json", "--quiet", "--set", "data.path=none"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["ranks"], 3);
  EXPECT_EQ(json["devices"][1]["shards"], nlohmann::json::array({2, 5}));
  EXPECT_EQ(json["partials"]["most_of_a_rank"], 2);
  EXPECT_GT(json["partials"]["bytes_sent_per_step"], 0);
}

TEST(PlanVerbTest, RefusesMoreRanksThanShards) {
  const ProcessResult result =
      RunLockstep({"plan", kRecipe, "--ranks", "9", "--set", "data.path=none"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, AllOf(HasSubstr("9"), HasSubstr("8")));
}

TEST(PlanVerbTest, NamesTheNearestPreset) {
  const ProcessResult result = RunLockstep({"plan", "--model", "lnet"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'lenet'?"));
}

class ValidateVerbTest : public ::testing::Test {
 protected:
  ValidateVerbTest() { MakeGlyphs(); }

  static std::string PathOverride() { return "data.path=" + GlyphsFolder().string(); }
};

TEST_F(ValidateVerbTest, AcceptsTheRecipe) {
  std::vector<std::string> arguments = Validate(kRecipe, {PathOverride()});
  arguments.emplace_back("--json");
  const ProcessResult result = RunLockstep(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["valid"], true);
  EXPECT_EQ(json["train_samples"], kTrainGlyphs);
  EXPECT_EQ(json["evaluation_samples"], kTestGlyphs);
  EXPECT_EQ(json["parameters"], 61706);
}

TEST_F(ValidateVerbTest, ExitsWith64AndNamesTheKey) {
  for (const std::string change :
       {"optimizer.learning_rate=nan", "optimizer.learning_rate=-1", "batch=0", "batch=-8",
        "shards=7", "steps=0", "precision=F16", "optimiser.learning_rate=1", "batch=many",
        "model.preset=lnet", "model.classes=5000000"}) {
    const ProcessResult result = RunLockstep(Validate(kRecipe, {PathOverride(), change}));
    EXPECT_EQ(result.exit_code, 64) << change;
    EXPECT_THAT(result.err, AllOf(HasSubstr("lockstep: error: "),
                                  HasSubstr(change.substr(0, change.find('=')))));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(ValidateVerbTest, RefusesLabelsThatTheModelHasNoClassFor) {
  const ProcessResult result = RunLockstep(Validate(kRecipe, {PathOverride(), "model.classes=9"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("label"));
}

TEST_F(ValidateVerbTest, RefusesImagesThatAreTooSmallForTheGraph) {
  const TemporaryFolder folder;
  std::ofstream(folder / "deep.textproto")
      << "batch: 8 shards: 1 steps: 1 optimizer { learning_rate: 1 } data { path: 'x' }\n"
         "model { graph { node { name: 'big' conv2d { channels: 1 kernel: 99 } } } }";
  const ProcessResult result = RunLockstep(Validate(folder / "deep.textproto", {PathOverride()}));
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("big"));
}

TEST_F(ValidateVerbTest, TellsLineAndColumnOfTheFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "bad.textproto") << "batch: 64\nshrads: 4\n";
  const ProcessResult result = RunLockstep(Validate(folder / "bad.textproto", {}));
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("bad.textproto:2:"), HasSubstr("did you mean 'shards'?")));
}

TEST_F(ValidateVerbTest, TellsMissingFilesFromBadOnes) {
  EXPECT_EQ(RunLockstep(Validate("no.textproto", {})).exit_code, 66);
  EXPECT_EQ(RunLockstep(Validate("/", {})).exit_code, 64);
  EXPECT_EQ(RunLockstep(Validate(kRecipe, {"data.path=/no/such"})).exit_code, 66);
}

TEST_F(ValidateVerbTest, TellsThatAFileMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TemporaryFolder folder;
  std::ofstream(folder / "locked.textproto") << "batch: 64";
  fs::permissions(folder / "locked.textproto", fs::perms::none);
  EXPECT_EQ(RunLockstep(Validate(folder / "locked.textproto", {})).exit_code, 77);
}

TEST_F(ValidateVerbTest, RefusesMoreThreadsThanCores) {
  const ProcessResult result =
      RunLockstep(Validate(kRecipe, {PathOverride(), "threads_per_rank=1000"}));
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_THAT(result.err, HasSubstr("--bind-to none"));
}

TEST_F(ValidateVerbTest, RefusesTheCommunicatorThatTrainingWouldRefuse) {
  const auto exit_code = [](const std::string& name) {
    return RunLockstep(Validate(kRecipe, {PathOverride(), "communicator=" + name})).exit_code;
  };
  EXPECT_EQ(exit_code("SELF"), 0);
  EXPECT_EQ(exit_code("MPI"), 78);
  EXPECT_EQ(exit_code("NCCL"), 69);
}

TEST_F(ValidateVerbTest, OpensWhatTrainingWouldEvaluateOn) {
  const TemporaryFolder folder;
  for (const auto& file : fs::directory_iterator(GlyphsFolder())) {
    if (file.path().filename().string().rfind("train", 0) == 0) fs::copy(file, folder.path());
  }
  const std::string path = "data.path=" + folder.path().string();
  EXPECT_EQ(RunLockstep(Validate(kRecipe, {path})).exit_code, 66);
  const ProcessResult never = RunLockstep(Validate(kRecipe, {path, "evaluation.every_epochs=0"}));
  EXPECT_EQ(never.exit_code, 0) << never.err;
  EXPECT_THAT(never.out, HasSubstr("no evaluation"));
  const ProcessResult on_train = RunLockstep(Validate(kRecipe, {path, "evaluation.split=TRAIN"}));
  EXPECT_EQ(on_train.exit_code, 0) << on_train.err;
  EXPECT_THAT(on_train.out, HasSubstr(fmt::format("{} images to evaluate on", kTrainGlyphs)));
}

TEST_F(ValidateVerbTest, QuietKeepsWarningsToItself) {
  std::vector<std::string> arguments = Validate(kRecipe, {PathOverride(), "shards=128"});
  EXPECT_THAT(RunLockstep(arguments).err, HasSubstr("lockstep: warning: "));
  arguments.emplace_back("--quiet");
  EXPECT_EQ(RunLockstep(arguments).err, "");
}

}  // namespace
}  // namespace lockstep
