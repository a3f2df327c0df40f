#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/launcher/process.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct UsageError {
  std::vector<std::string> arguments;
  std::string says;
};

TEST(CommandLineTest, UsageErrorsExitWithTwoAndSayWhatIsWrong) {
  for (const UsageError& error : std::vector<UsageError>{
           {{}, "subcommand is required"},
           {{"trian"}, "did you mean 'train'?"},
           {{"train"}, "CONFIG is required"},
           {{"train", "x", "--sed", "a=b"}, "did you mean '--set'?"},
           {{"train", "x", "--set"}, "--set"},
           {{"train", "x", "--resume", "sometimes"}, "none, auto or step-N"},
           {{"train", "x", "--resume", "step-"}, "none, auto or step-N"},
           {{"train", "x", "--resume", "step--3"}, "none, auto or step-N"},
           {{"train", "x", "y"}, "'y' is not known here"},
           {{"train", "x", "--log-level", "infa"}, "did you mean 'info'?"},
           {{"eval", "run", "--step", "newest"}, "latest, best or a step number"},
           {{"eval", "run", "--split", "test"}, "expected validation, train"},
           {{"predict", "run"}, "IMAGE is required"},
           {{"predict", "run", "a.png", "--top", "0"}, "number above 0"},
           {{"plan"}, "CONFIG or --model"},
           {{"plan", "x", "--model", "lenet"}, "excludes"},
           {{"plan", "x", "--ranks", "-1"}, "number above 0"},
           {{"plan", "x", "--ranks", "2x"}, "2x"},
           {{"checkpoint"}, "subcommand is required"},
           {{"checkpoint", "hsh", "run"}, "did you mean 'hash'?"},
           {{"checkpoint", "diff", "run"}, "OTHER is required"},
           {{"checkpoint", "hash", "run", "--step", "-1"}, "whole number from 0"},
           {{"data", "make", "glyphs"}, "--output is required"},
           {{"data", "inspect", "x", "--epoch", "-1"}, "whole number from 0"},
           {{"bench", "step", "--model", "lenet", "--seconds", "nan"}, "number above 0"},
           {{"bench", "step", "--model", "lenet", "--precision", "F17"}, "did you mean 'F16'?"},
       }) {
    const ProcessResult result = RunLockstep(error.arguments);
    EXPECT_EQ(result.exit_code, 2) << error.says;
    EXPECT_THAT(result.err, AllOf(StartsWith("lockstep: error: "), HasSubstr(error.says)));
    EXPECT_EQ(result.out, "");
  }
}

TEST(CommandLineTest, HelpOfEveryVerbShowsAnExample) {
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{},
                                             {"train"},
                                             {"eval"},
                                             {"predict"},
                                             {"validate"},
                                             {"plan"},
                                             {"checkpoint"},
                                             {"checkpoint", "ls"},
                                             {"checkpoint", "verify"},
                                             {"checkpoint", "hash"},
                                             {"checkpoint", "diff"},
                                             {"data"},
                                             {"data", "make"},
                                             {"data", "make", "glyphs"},
                                             {"data", "inspect"},
                                             {"bench"},
                                             {"bench", "step"},
                                             {"env"}}) {
    std::vector<std::string> arguments = verb;
    arguments.emplace_back("--help");
    const ProcessResult result = RunLockstep(arguments);
    std::string words = "lockstep";
    for (const std::string& word : verb) words += " " + word;
    EXPECT_EQ(result.exit_code, 0) << words;
    EXPECT_THAT(result.out, HasSubstr("Example:\n  " + words + " "));
    EXPECT_EQ(result.err, "");
  }
}

TEST(CommandLineTest, PrintsItsVersion) {
  const ProcessResult result = RunLockstep({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("lockstep 0."));
}

TEST(CommandLineTest, DoesNotColourWhatIsNoTerminal) {
  EXPECT_THAT(RunLockstep({"trian"}).err, Not(HasSubstr("\x1b")));
}

TEST(CommandLineTest, OneRankAloneTellsUsageErrors) {
  ProcessOptions options;
  options.environment = {"OMPI_COMM_WORLD_RANK=3"};
  const ProcessResult result = RunLockstep({"trian"}, options);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "");
}

TEST(CommandLineTest, SaysWhenStandardOutputIsFull) {
  const ProcessResult result =
      RunProcess({"sh", "-c", LOCKSTEP_BINARY_DIR "/lockstep env > /dev/full"});
  EXPECT_EQ(result.exit_code, 74);
  EXPECT_THAT(result.err, HasSubstr("standard output: write failed"));
}

TEST(EnvTest, TellsVersionsBackendsAndCores) {
  const ProcessResult result = RunLockstep({"env", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_TRUE(json.at("backends").at("onednn").at("present").get<bool>());
  EXPECT_TRUE(json.at("backends").contains("cudnn"));
  EXPECT_GE(json.at("cores").get<int>(), 1);
  for (const char* field : {"version", "mpi", "nccl", "isa", "binding", "devices"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
}

TEST(EnvTest, BindingFollowsTheAffinityMask) {
  const ProcessResult result =
      RunProcess({"taskset", "-c", "0", LOCKSTEP_BINARY_DIR "/lockstep", "env", "--json"});
  if (result.exit_code == 127) GTEST_SKIP() << "taskset is not installed";
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("cores").get<int>(), 1);
  EXPECT_EQ(json.at("binding").get<std::string>(), "0");
}

}  // namespace
}  // namespace lockstep
