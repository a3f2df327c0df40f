// The promise of the whole: one hash of weights and moments for a config, on any number of ranks,
// after any crash. Every run is the real program; ranks are started by mpirun.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
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

/// A short run of LeNet with dropout on 8 shards.
class MpiTrainingExactnessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  /// `train --json` of a run that must succeed.
  json Train(const TrainingCommand& command) {
    const ProcessResult result = RunProcess(command.Arguments(), MpiProcessOptions());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.exit_code == 0 ? json::parse(result.out) : json();
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

TEST_F(MpiTrainingExactnessTest, AnotherSeedOrThreadCountGivesAnotherHash) {
  const json expected = Train(Command("seed-1"));
  TrainingCommand seed = Command("seed-2");
  seed.overrides.push_back("seed=2");
  EXPECT_NE(Train(seed)["sha256"], expected["sha256"]);
  TrainingCommand threads = Command("threads-2");
  threads.overrides.push_back("threads_per_rank=2");
  EXPECT_NE(Train(threads)["sha256"], expected["sha256"]);
}

TEST_F(MpiTrainingExactnessTest, KilledInMidEpochAndResumedOnOtherRanksGivesTheSameHash) {
  const json expected = Train(Command("undisturbed"));
  TrainingCommand command = Command("killed");
  command.ranks = 2;
  command.overrides.push_back("checkpoint.every=10");
  {
    Process run(command.Arguments(), MpiProcessOptions());
    const auto second = command.run_dir / "checkpoints" / "step-000000020";
    while (run.running() && !std::filesystem::exists(second)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    run.SignalGroup(SIGKILL);
    run.Wait();
  }
  command.ranks = 3;
  const json resumed = Train(command);
  EXPECT_EQ(resumed["steps"], expected["steps"]);
  EXPECT_EQ(resumed["sha256"], expected["sha256"]);
}

TEST_F(MpiTrainingExactnessTest, AskedToStopItWritesACheckpointAndGoesOnExactly) {
  TrainingCommand command = Command("stopped");
  command.ranks = 2;
  // Too long to end by itself before it is stopped.
  command.overrides = {"schedule.type=CONSTANT", "evaluation.every_epochs=0", "steps=1000000"};
  Process run(command.Arguments(), MpiProcessOptions());
  while (run.running() && !std::filesystem::exists(command.run_dir / "logs" / "train.jsonl")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  run.Signal(SIGUSR1);
  const ProcessResult stopped = run.Wait();
  ASSERT_EQ(stopped.exit_code, 85) << stopped.err;
  const std::int64_t steps = json::parse(stopped.out)["steps"];
  command.ranks = 1;
  command.overrides.back() = "steps=" + std::to_string(steps + 5);
  TrainingCommand undisturbed = command;
  undisturbed.run_dir = folder_.path() / "undisturbed";
  EXPECT_EQ(Train(command)["sha256"], Train(undisturbed)["sha256"]);
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
