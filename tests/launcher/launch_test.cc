// `lockstep launch` as a user starts it: whatever dies, the run goes on to the same bits, and
// nothing of the job is left behind. Real processes, killed for real.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kNothingIsLeft(30);

int Count(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

class LaunchTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  /// `steps` steps with a checkpoint every ten.
  TrainingCommand Command(const std::string& run, int ranks, std::int64_t steps = 100) const {
    TrainingCommand command;
    command.run_dir = folder_ / run;
    command.ranks = ranks;
    command.overrides = {"evaluation.every_epochs=0", "checkpoint.every=10", "checkpoint.keep=0"};
    command.SetSteps(steps);
    return command;
  }

  static ProcessResult Launch(const TrainingCommand& command,
                              const std::vector<std::string>& options = {}) {
    return RunProcess(ArgumentsOfLaunch(command, options));
  }

  /// The hash of a run of so many steps that nothing disturbs, without a supervisor.
  std::string HashAfter(std::int64_t steps) const {
    TrainingCommand command = Command("undisturbed-" + std::to_string(steps), 1, steps);
    command.overrides.push_back("checkpoint.every=0");
    const ProcessResult result = RunProcess(command.Arguments());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.exit_code == 0 ? json::parse(result.out).value("sha256", "none") : "none";
  }

  void ExpectSameBits(const ProcessResult& result, std::int64_t steps = 100) const {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(json::parse(result.out)["sha256"], HashAfter(steps)) << result.err;
  }

  static void ExpectAllEnd(const std::vector<pid_t>& processes) {
    EXPECT_FALSE(processes.empty());
    for (pid_t process : processes) EXPECT_TRUE(EndsWithin(process, kNothingIsLeft)) << process;
  }

  TemporaryFolder folder_;
};

class MpiLaunchTest : public LaunchTest {};

/// The value of a variable in the environment of `process`; empty where there is none.
std::string VariableOf(pid_t process, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(process) + "/environ", std::ios::binary);
  for (std::string text; std::getline(file, text, '\0');) {
    if (text.rfind(name + "=", 0) == 0) return text.substr(name.size() + 1);
  }
  return "";
}

/// The process of `rank` below `supervisor`, once there is one that has not been seen `before`; 0
/// where `run` ends without.
pid_t WaitForRank(Process& run, int rank, const std::vector<pid_t>& before = {}) {
  while (run.running()) {
    for (pid_t process : DescendantsOf(run.pid())) {
      const bool seen = std::find(before.begin(), before.end(), process) != before.end();
      if (!seen && VariableOf(process, "OMPI_COMM_WORLD_RANK") == std::to_string(rank)) {
        return process;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return 0;
}

/// The process that a supervisor of one rank starts, likewise.
pid_t WaitForChild(Process& run, const std::vector<pid_t>& before) {
  while (run.running()) {
    for (pid_t process : DescendantsOf(run.pid())) {
      if (std::find(before.begin(), before.end(), process) == before.end()) return process;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return 0;
}

TEST_F(LaunchTest, TheCommandLineIsJudgedBeforeAnythingIsStarted) {
  const auto refused = [](const std::vector<std::string>& words, const std::string& what) {
    std::vector<std::string> arguments = {"launch"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const ProcessResult result = RunLockstep(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(what));
    EXPECT_EQ(Count(result.err, "error: "), 1) << result.err;
  };
  refused({"-n", "2"}, "TRAIN");
  refused({"-n", "0", "--", "train", "x"}, "above 0");
  refused({"--", "train", "x"}, "-n");
  refused({"-n", "2", "--", "train"}, "CONFIG");
  refused({"-n", "2", "--", "train", "x", "--resumee", "auto"}, "did you mean '--resume'");
  refused({"-n", "2", "--", "eval", "runs/x"}, "`train` alone, got 'eval'");
  refused({"-n", "2", "--", "launch", "-n", "2", "--", "train", "x"}, "got 'launch'");
  EXPECT_THAT(RunLockstep({"launch", "--help"}).out, HasSubstr("lockstep launch -n 2 -- train"));
}

TEST_F(LaunchTest, AWrongConfigIsToldOnceAndStartsNothing) {
  TrainingCommand command = Command("run", 2);
  command.overrides.push_back("shards=7");
  ProcessResult result = Launch(command);
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_EQ(Count(result.err, "error: "), 1) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("shards"), Not(HasSubstr("restart"))));
  command = Command("run", 9);
  EXPECT_EQ(Launch(command).exit_code, 64) << "more ranks than shards";
  command.config = folder_ / "absent.textproto";
  EXPECT_EQ(Launch(command).exit_code, 66);
  EXPECT_FALSE(fs::exists(command.run_dir));
}

TEST_F(LaunchTest, OneRankNeedsNoMpirunAndTwoAskForIt) {
  ProcessOptions options;
  options.environment = {"PATH=/nowhere"};
  const TrainingCommand one = Command("one", 1, 10);
  const ProcessResult result = RunProcess(ArgumentsOfLaunch(one), options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const ProcessResult refused = RunProcess(ArgumentsOfLaunch(Command("two", 2)), options);
  EXPECT_EQ(refused.exit_code, 78);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("mpirun"), HasSubstr("-n 1")));
}

TEST_F(LaunchTest, WithinAJobOfMpirunItRefuses) {
  ProcessOptions options;
  options.environment = {"OMPI_COMM_WORLD_SIZE=2"};
  const ProcessResult result = RunProcess(ArgumentsOfLaunch(Command("run", 2)), options);
  EXPECT_EQ(result.exit_code, 78) << result.err;
}

TEST_F(LaunchTest, GivesUpAfterThreeRestartsWithoutACheckpoint) {
  TrainingCommand command = Command("run", 1, 1000000);
  command.overrides.push_back("checkpoint.every=0");
  Process run(ArgumentsOfLaunch(command));
  std::vector<pid_t> killed;
  while (const pid_t rank = WaitForChild(run, killed)) {
    kill(rank, SIGKILL);
    killed.push_back(rank);
  }
  const ProcessResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 137) << result.err;
  EXPECT_EQ(killed.size(), 4U);
  EXPECT_THAT(result.err, HasSubstr("3 restarts in a row brought no new checkpoint"));
}

TEST_F(LaunchTest, AllowedNoRestartItPassesTheCodeOn) {
  Process run(ArgumentsOfLaunch(Command("run", 1, 1000000), {"--restarts", "0"}));
  ASSERT_TRUE(WaitForCheckpoint(run, folder_ / "run", 10)) << run.err();
  kill(WaitForChild(run, {}), SIGSEGV);
  const ProcessResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 128 + SIGSEGV) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("rank 0 ("), HasSubstr("has died")));
}

TEST_F(LaunchTest, AskedToStopItPassesOnCodeAndCheckpoint) {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    SCOPED_TRACE(signal);
    const TrainingCommand command = Command("run-" + std::to_string(signal), 1, 1000000);
    Process run(ArgumentsOfLaunch(command));
    const pid_t rank = WaitForChild(run, {});
    run.Signal(signal);
    const ProcessResult result = run.Wait();
    ASSERT_EQ(result.exit_code, 85) << result.err;
    ExpectAllEnd({rank});
    const json summary = json::parse(result.out);
    EXPECT_EQ(summary["sha256"], HashAfter(summary["steps"]));
  }
}

TEST_F(MpiLaunchTest, ExitCodesComeThroughOnce) {
  const auto ends = [&](const std::string& setting, int code) {
    TrainingCommand command = Command("code-" + std::to_string(code), 2);
    command.overrides.push_back(setting);
    const ProcessResult result = Launch(command);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_EQ(Count(result.err, "lockstep: error: "), 1) << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("restart")));
  };
  ends("initial_weights=absent.safetensors", 66);
  ends("optimizer.learning_rate=1e9", 86);
}

TEST_F(MpiLaunchTest, AfterTheDeathOfARankItGoesOnToTheSameBits) {
  const TrainingCommand command = Command("run", 2);
  Process run(ArgumentsOfLaunch(command));
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  kill(WaitForRank(run, 1), SIGKILL);
  const ProcessResult result = run.Wait();
  ExpectSameBits(result);
  EXPECT_THAT(result.err, AllOf(HasSubstr("rank 1 ("), HasSubstr("has died"), HasSubstr("code 137"),
                                HasSubstr("restart 1 on 2 ranks from the checkpoint of step")));
}

TEST_F(MpiLaunchTest, AfterTheDeathOfMpirunItGoesOnToTheSameBits) {
  const TrainingCommand command = Command("run", 2);
  Process run(ArgumentsOfLaunch(command));
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  const std::vector<pid_t> processes = DescendantsOf(run.pid());
  ASSERT_GE(processes.size(), 3U);
  kill(processes.front(), SIGKILL);
  const ProcessResult result = run.Wait();
  ExpectSameBits(result);
  EXPECT_THAT(result.err, AllOf(HasSubstr("mpirun (process"), HasSubstr("restart 1 on 2 ranks")));
  ExpectAllEnd(processes);
}

TEST_F(MpiLaunchTest, AfterItsOwnDeathNothingIsLeftAndAnotherGoesOn) {
  const TrainingCommand command = Command("run", 2);
  Process run(ArgumentsOfLaunch(command));
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  const std::vector<pid_t> processes = DescendantsOf(run.pid());
  ASSERT_GE(processes.size(), 3U);
  run.Signal(SIGKILL);
  EXPECT_EQ(run.Wait().exit_code, 137);
  ExpectAllEnd(processes);
  ExpectSameBits(Launch(command));
}

TEST_F(MpiLaunchTest, ARankThatHangsIsNamedAndTheRunGoesOnToTheSameBits) {
  TrainingCommand command = Command("run", 2);
  command.overrides.push_back("hang_timeout=3");
  Process run(ArgumentsOfLaunch(command));
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  const pid_t rank = WaitForRank(run, 1);
  kill(rank, SIGSTOP);
  const ProcessResult result = run.Wait();
  ExpectSameBits(result);
  EXPECT_THAT(result.err, AllOf(HasSubstr("rank 1 ("), HasSubstr("hangs"), HasSubstr("code 87"),
                                HasSubstr("restart 1 on 2 ranks")));
  EXPECT_THAT(result.err, HasSubstr("  thread ")) << "rank 0 tells what its threads wait for";
  ExpectAllEnd({rank});
}

TEST_F(MpiLaunchTest, GoesOnWithoutARankThatDoesNotComeBack) {
  TrainingCommand command = Command("run", 2);
  command.overrides.push_back("checkpoint.every=0");
  Process run(ArgumentsOfLaunch(command));
  std::vector<pid_t> killed;
  for (int death = 0; death < 2; ++death) {
    killed.push_back(WaitForRank(run, 1, killed));
    // Known to the supervisor, as a rank whose machine fails later than its start would be.
    while (run.running() && Count(run.err(), " begins: 2 ranks") <= death) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    kill(killed.back(), SIGKILL);
  }
  const ProcessResult result = run.Wait();
  ExpectSameBits(result);
  EXPECT_THAT(result.err, AllOf(HasSubstr("rank 1 does not come back"),
                                HasSubstr("restart 2 on 1 rank from the beginning")));
}

TEST_F(MpiLaunchTest, AskedToStopAllRanksDoAndNothingIsLeft) {
  const TrainingCommand command = Command("run", 2, 1000000);
  Process run(ArgumentsOfLaunch(command));
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  const std::vector<pid_t> processes = DescendantsOf(run.pid());
  run.SignalGroup(SIGINT);
  const ProcessResult result = run.Wait();
  ASSERT_EQ(result.exit_code, 85) << result.err;
  ExpectAllEnd(processes);
  const json summary = json::parse(result.out);
  EXPECT_EQ(summary["sha256"], HashAfter(summary["steps"]));
}

TEST_F(MpiLaunchTest, AskedTwiceItEndsAtOnce) {
  TrainingCommand command = Command("run", 2, 1000000);
  // A step of many seconds: what follows happens within the first one.
  command.overrides.insert(command.overrides.end(), {"batch=65536", "shards=64"});
  Process run(ArgumentsOfLaunch(command));
  WaitForRank(run, 1);
  const std::vector<pid_t> processes = DescendantsOf(run.pid());
  run.Signal(SIGTERM);
  while (run.running() && Count(run.err(), "asked to stop") == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  run.Signal(SIGTERM);
  const ProcessResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 128 + SIGTERM) << result.err;
  ExpectAllEnd(processes);
  EXPECT_EQ(NewestStep(command.run_dir), 0);
}

/// Ranks under mpirun alone.
class MpiHangTest : public LaunchTest {};

TEST_F(MpiHangTest, EndsWith87AndTheStackOfEveryThread) {
  TrainingCommand command = Command("run", 2, 1000000);
  command.overrides.push_back("hang_timeout=3");
  Process run(command.Arguments(), MpiProcessOptions());
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), 2);
  ASSERT_EQ(ranks.size(), 2U);
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  kill(ranks[1], SIGSTOP);
  const ProcessResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 87) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("no progress for 3 s"), HasSubstr("rank 0 ("),
                                HasSubstr("collective "), HasSubstr("  thread ")));
  EXPECT_THAT(result.err, HasSubstr("CommunicationThread")) << "stacks name functions";
  ExpectAllEnd(ranks);
}

TEST_F(MpiHangTest, TheDeathOfMpirunEndsItsRanks) {
  const TrainingCommand command = Command("run", 2, 1000000);
  Process run(command.Arguments(), MpiProcessOptions());
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), 2);
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  run.Signal(SIGKILL);
  ExpectAllEnd(ranks);
}

TEST_F(LaunchTest, ASuspendedRunIsNoHang) {
  TrainingCommand command = Command("run", 1, 1000000);
  command.overrides.push_back("hang_timeout=2");
  Process run(command.Arguments());
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 10)) << run.err();
  run.Signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const std::int64_t step = NewestStep(command.run_dir);
  run.Signal(SIGCONT);
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, step + 20)) << run.err();
  run.Signal(SIGUSR1);
  EXPECT_EQ(run.Wait().exit_code, 85);
}

}  // namespace
}  // namespace lockstep
