// The promise of the whole: one hash of weights and moments for a config, on any number of ranks,
// after any crash. Every run is the real program; ranks are started by mpirun.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// So many that a run cannot end before it is interrupted.
constexpr std::int64_t kEndless = 100000;
/// More than an epoch's, so that a run that goes on for so long crosses a border of epochs.
constexpr std::int64_t kMoreSteps = 20;

/// A short run of LeNet with dropout and augmentation on 8 shards.
class MpiTrainingExactnessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  /// `train --json` of a run that must succeed.
  json Train(const TrainingCommand& command) {
    const ProcessResult result = RunProcess(command.Arguments(), MpiProcessOptions());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.exit_code == 0 ? json::parse(result.out) : json();
  }

  /// That `interrupted`, a run of its first `saved` steps, goes on from there on other ranks as if
  /// nothing had happened.
  void ExpectGoesOnExactly(TrainingCommand interrupted, std::int64_t saved) {
    TrainingCommand undisturbed = Command("undisturbed");
    undisturbed.SetSteps(saved + kMoreSteps);
    const json expected = Train(undisturbed);
    interrupted.ranks = 3;
    interrupted.SetSteps(saved + kMoreSteps);
    const ProcessResult resumed = RunProcess(interrupted.Arguments(), MpiProcessOptions());
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("resumes after step " + std::to_string(saved)));
    const json got = json::parse(resumed.out);
    EXPECT_EQ(got["steps"], saved + kMoreSteps);
    EXPECT_EQ(got["sha256"], expected["sha256"]);
    EXPECT_EQ(got["loss"], expected["loss"]);
    EXPECT_EQ(got["accuracy"], expected["accuracy"]);
  }

  TrainingCommand Command(const std::string& run) const {
    TrainingCommand command;
    command.run_dir = folder_.path() / run;
    return command;
  }

  TemporaryFolder folder_;
};

TEST_F(MpiTrainingExactnessTest, OneHashOnAnyNumberOfRanksAndLoaderThreads) {
  TrainingCommand alone = Command("alone");
  const json expected = Train(alone);
  for (int ranks : {2, 3, 4}) {
    TrainingCommand command = Command("ranks-" + std::to_string(ranks));
    command.ranks = ranks;
    command.overrides.push_back("data.threads=" + std::to_string(ranks));
    const json got = Train(command);
    EXPECT_EQ(got["sha256"], expected["sha256"]) << ranks << " ranks";
    EXPECT_EQ(got["loss"], expected["loss"]) << ranks << " ranks";
    EXPECT_EQ(got["accuracy"], expected["accuracy"]) << ranks << " ranks";
  }
}

TEST_F(MpiTrainingExactnessTest, ClippedAdamWIsExactInBothPrecisions) {
  std::string other;
  for (const std::string precision : {"F32", "BF16"}) {
    TrainingCommand clipped;
    clipped.overrides = {"optimizer.type=ADAMW",          "optimizer.momentum=0",
                         "optimizer.learning_rate=0.001", "optimizer.weight_decay=0.01",
                         "optimizer.clip_norm=0.5",       "precision=" + precision};
    TrainingCommand alone = clipped;
    alone.run_dir = folder_.path() / (precision + "-alone");
    alone.SetSteps(20);
    const json expected = Train(alone);
    TrainingCommand resumed = clipped;
    resumed.run_dir = folder_.path() / (precision + "-resumed");
    resumed.ranks = 2;
    resumed.SetSteps(8);
    Train(resumed);
    resumed.ranks = 3;
    resumed.SetSteps(20);
    const json got = Train(resumed);
    EXPECT_EQ(got["steps"], 20);
    EXPECT_EQ(got["sha256"], expected["sha256"]) << precision;
    EXPECT_EQ(got["accuracy"], expected["accuracy"]) << precision;
    EXPECT_NE(got["sha256"], other);
    other = got["sha256"];
  }
}

TEST_F(MpiTrainingExactnessTest, AnotherSeedOrThreadCountGivesAnotherHash) {
  TrainingCommand short_run = Command("seed-1");
  short_run.SetSteps(5);
  const json expected = Train(short_run);
  TrainingCommand seed = short_run;
  seed.run_dir = folder_.path() / "seed-2";
  seed.overrides.push_back("seed=2");
  EXPECT_NE(Train(seed)["sha256"], expected["sha256"]);
  TrainingCommand threads = short_run;
  threads.run_dir = folder_.path() / "threads-2";
  threads.overrides.push_back("threads_per_rank=2");
  EXPECT_NE(Train(threads)["sha256"], expected["sha256"]);
}

TEST_F(MpiTrainingExactnessTest, KilledInMidEpochAndResumedOnOtherRanksGivesTheSameHash) {
  TrainingCommand command = Command("killed");
  command.ranks = 2;
  command.SetSteps(kEndless);
  command.overrides.push_back("checkpoint.every=10");
  Process run(command.Arguments(), MpiProcessOptions());
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), command.ranks);
  ASSERT_EQ(ranks.size(), 2U);
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 20)) << run.err();
  for (pid_t rank : ranks) kill(rank, SIGKILL);
  run.SignalGroup(SIGKILL);
  EXPECT_EQ(run.Wait().exit_code, 128 + SIGKILL);
  for (pid_t rank : ranks) ASSERT_TRUE(EndsWithin(rank, std::chrono::seconds(30)));
  const std::int64_t saved = NewestStep(command.run_dir);
  ASSERT_LT(saved, kEndless) << "the run ended before it was killed";
  ExpectGoesOnExactly(command, saved);
}

TEST_F(MpiTrainingExactnessTest, AskedToStopItWritesACheckpointAndGoesOnExactly) {
  TrainingCommand command = Command("stopped");
  command.ranks = 2;
  command.SetSteps(kEndless);
  Process run(command.Arguments(), MpiProcessOptions());
  // The best weights so far are saved by the evaluation after the first epoch.
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 1)) << run.err();
  run.Signal(SIGUSR1);
  const ProcessResult stopped = run.Wait();
  ASSERT_EQ(stopped.exit_code, 85) << stopped.err;
  const std::int64_t saved = NewestStep(command.run_dir);
  ASSERT_EQ(json::parse(stopped.out)["steps"], saved);
  ASSERT_LT(saved, kEndless);
  ExpectGoesOnExactly(command, saved);
}

TEST_F(MpiTrainingExactnessTest, ABusyMachineChangesNothing) {
  const json expected = Train(Command("quiet"));
  std::vector<std::unique_ptr<Process>> busy;
  for (int core = 0; core < 3; ++core) {
    busy.push_back(std::make_unique<Process>(std::vector<std::string>{"sha256sum", "/dev/zero"}));
  }
  TrainingCommand command = Command("busy");
  command.ranks = 2;
  EXPECT_EQ(Train(command)["sha256"], expected["sha256"]);
}

TEST_F(MpiTrainingExactnessTest, ASecondProcessOnARunDirectoryIsRefused) {
  TrainingCommand command = Command("shared");
  command.overrides.push_back("steps=100000");
  Process first(command.Arguments(), MpiProcessOptions());
  while (first.running() && !std::filesystem::exists(command.run_dir / "STATUS.json")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const ProcessResult second = RunProcess(command.Arguments(), MpiProcessOptions());
  EXPECT_EQ(second.exit_code, 73) << second.err;
  EXPECT_NE(second.err.find(command.run_dir.string()), std::string::npos) << second.err;
}

TEST_F(MpiTrainingExactnessTest, AResumeMayNotChangeTheArithmetic) {
  TrainingCommand command = Command("run");
  Train(command);
  command.overrides.push_back("optimizer.learning_rate=0.01");
  const ProcessResult result = RunProcess(command.Arguments(), MpiProcessOptions());
  EXPECT_EQ(result.exit_code, 64) << result.err;
  EXPECT_NE(result.err.find("optimizer.learning_rate"), std::string::npos) << result.err;
}

TEST_F(MpiTrainingExactnessTest, RanksWithOneConfigButCommandLinesOfTheirOwnTrain) {
  const TrainingCommand command = Command("one-config");
  const ProcessResult result = RunProcess(ArgumentsOfOneJob(command, command), MpiProcessOptions());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["sha256"], Train(Command("alone"))["sha256"]);
}

TEST_F(MpiTrainingExactnessTest, RanksWithDifferentConfigsAreRefused) {
  const TrainingCommand command = Command("two-configs");
  TrainingCommand other_seed = command;
  other_seed.overrides.push_back("seed=2");
  const ProcessResult result =
      RunProcess(ArgumentsOfOneJob(command, other_seed), MpiProcessOptions());
  EXPECT_EQ(result.exit_code, 78) << result.err;
  EXPECT_THAT(result.err, HasSubstr("rank 1: config: expected"));
  EXPECT_EQ(result.out, "");
}

TEST_F(MpiTrainingExactnessTest, AKilledRankEndsTheJob) {
  TrainingCommand command = Command("rank-killed");
  command.ranks = 2;
  command.overrides.push_back("steps=100000");
  Process run(command.Arguments(), MpiProcessOptions());
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), command.ranks);
  ASSERT_EQ(ranks.size(), 2U);
  while (run.running() && !std::filesystem::exists(command.run_dir / "logs" / "train.jsonl")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(ranks[1], SIGKILL);
  const ProcessResult result = run.Wait(std::chrono::seconds(90));
  EXPECT_FALSE(result.timed_out);
  EXPECT_NE(result.exit_code, 0);
  EXPECT_TRUE(EndsWithin(ranks[0], std::chrono::seconds(30))) << "rank 0 is still there";
}

}  // namespace
}  // namespace lockstep
