// What a run does when disks, checkpoints, numbers or people let it down: the right exit code, one
// clear line, nothing damaged, and the same bits afterwards. Every run is the real program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
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

class TrainingFaultsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  TrainingCommand Command(const std::string& run) const {
    TrainingCommand command;
    command.run_dir = folder_ / run;
    command.overrides = {"schedule.type=CONSTANT", "evaluation.every_epochs=0",
                         "checkpoint.every=10", "checkpoint.keep=0"};
    return command;
  }

  static ProcessResult Run(const TrainingCommand& command) {
    return RunProcess(command.Arguments(), MpiProcessOptions());
  }

  /// `train --json` of a run that must succeed.
  static json Train(const TrainingCommand& command) {
    const ProcessResult result = Run(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.exit_code == 0 ? json::parse(result.out) : json();
  }

  /// The hash of an undisturbed run of so many steps.
  std::string HashAfter(std::int64_t steps) const {
    TrainingCommand command = Command("undisturbed-" + std::to_string(steps));
    command.overrides.push_back("steps=" + std::to_string(steps));
    command.overrides.push_back("checkpoint.every=0");
    return Train(command).value("sha256", "none");
  }

  static fs::path CheckpointOf(const fs::path& run, int step) {
    std::ostringstream name;
    name << "step-" << std::setw(9) << std::setfill('0') << step;
    return run / "checkpoints" / name.str();
  }

  static std::vector<std::string> NamesIn(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  static std::string StatusOf(const fs::path& run) {
    std::ifstream file(run / "STATUS.json");
    return json::parse(file).value("state", "none");
  }

  static void ExpectVerifies(const fs::path& run) {
    const ProcessResult result = RunLockstep({"checkpoint", "verify", run.string()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }

  static void WaitForFile(Process& run, const fs::path& file) {
    while (run.running() && !fs::exists(file)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  TemporaryFolder folder_;
};

class MpiTrainingFaultsTest : public TrainingFaultsTest {};

/// How often `text` holds a message of Lockstep of this kind, whoever prints it.
int CountMessages(const std::string& text, const std::string& kind) {
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool ours = line.rfind("lockstep: ", 0) == 0;
    if (ours && line.find(kind + ": ") != std::string::npos) ++count;
  }
  return count;
}

/// No file may grow beyond 100 kB, less than LeNet's weights.
std::vector<std::string> LimitedFileSize() { return {"prlimit", "--fsize=100000"}; }

TEST_F(TrainingFaultsTest, AFailedSaveEndsTheRunAndCostsNoCheckpoint) {
  TrainingCommand command = Command("run");
  TrainingCommand begin = command;
  begin.overrides.push_back("steps=10");
  Train(begin);
  TrainingCommand limited = command;
  limited.wrapper = LimitedFileSize();
  const ProcessResult result = Run(limited);
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("ftruncate"), HasSubstr("model.safetensors"),
                                HasSubstr("File too large"), HasSubstr("ulimit -f")));
  EXPECT_EQ(CountMessages(result.err, "error"), 1) << result.err;
  EXPECT_EQ(NamesIn(command.run_dir / "checkpoints"),
            (std::vector<std::string>{"CURRENT", "step-000000010"}));
  EXPECT_EQ(StatusOf(command.run_dir), "failed");
  ExpectVerifies(command.run_dir);
  EXPECT_EQ(Train(command)["sha256"], HashAfter(40));
}

TEST_F(TrainingFaultsTest, WarnedOfFailedSavesARunGoesOnToTheSameBitsButMustSaveItsEnd) {
  TrainingCommand command = Command("undisturbed");
  command.flags = {"--trace-hashes"};
  command.overrides.push_back("log_every=1000");
  const auto traces = [](const std::string& text) {
    std::istringstream lines(text);
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(" weights ") != std::string::npos) found.push_back(line);
    }
    return found;
  };
  const ProcessResult undisturbed = Run(command);
  TrainingCommand limited = command;
  limited.run_dir = folder_ / "limited";
  limited.wrapper = LimitedFileSize();
  limited.overrides.push_back("checkpoint.on_error=WARN");
  const ProcessResult result = Run(limited);
  EXPECT_EQ(result.exit_code, 74) << "a run without its last checkpoint is not done";
  EXPECT_EQ(CountMessages(result.err, "warning"), 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no checkpoint of step 30"));
  EXPECT_EQ(traces(result.err).size(), 40U);
  EXPECT_EQ(traces(result.err), traces(undisturbed.err));
}

TEST_F(MpiTrainingFaultsTest, AFailedSaveIsToldOnce) {
  TrainingCommand command = Command("run");
  command.ranks = 2;
  command.wrapper = LimitedFileSize();
  const ProcessResult result = Run(command);
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_EQ(CountMessages(result.err, "error"), 1) << result.err;
  EXPECT_EQ(NamesIn(command.run_dir / "checkpoints"), std::vector<std::string>());
}

/// Runs with file systems of their own, which vanish with the processes.
class MountFaultsTest : public TrainingFaultsTest {
 protected:
  void SetUp() override {
    if (RunProcess(InOwnMounts("mount -t tmpfs none /mnt")).exit_code != 0) {
      GTEST_SKIP() << "this machine lets nobody mount here (unshare --mount)";
    }
  }

  /// A command that runs `script` with `arguments` where mounts are seen by nobody else.
  static std::vector<std::string> InOwnMounts(const std::string& script) {
    std::vector<std::string> command = {"unshare", "--mount"};
    if (geteuid() != 0) command.emplace_back("--map-root-user");
    command.insert(command.end(), {"sh", "-c", script, "sh"});
    return command;
  }
};

TEST_F(MountFaultsTest, AFullDiskEndsTheRunAndCostsNoCheckpoint) {
  TrainingCommand command = Command("run");
  const fs::path kept = folder_ / "kept";
  // Room for two checkpoints of half a megabyte each.
  command.wrapper =
      InOwnMounts("mkdir -p " + command.run_dir.string() + "; mount -t tmpfs -o size=1100k none " +
                  command.run_dir.string() + R"(; "$@"; code=$?; cp -a )" +
                  command.run_dir.string() + " " + kept.string() + "; exit $code");
  const ProcessResult result = Run(command);
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("No space left on device"), HasSubstr("step-000000030"),
                                HasSubstr("free space")));
  EXPECT_EQ(NamesIn(kept / "checkpoints"),
            (std::vector<std::string>{"CURRENT", "step-000000010", "step-000000020"}));
  ExpectVerifies(kept);
  TrainingCommand moved = Command("kept");
  EXPECT_EQ(Train(moved)["sha256"], HashAfter(40));
}

TEST_F(MountFaultsTest, WarnedOfOneFailedSaveARunEndsWithTheSameHashAndNoRests) {
  TrainingCommand command = Command("run");
  TrainingCommand begin = command;
  begin.overrides.push_back("steps=10");
  Train(begin);
  // A mount point cannot be moved out of the way of step 20's commit.
  const fs::path obstacle = CheckpointOf(command.run_dir, 20);
  fs::create_directory(obstacle);
  command.wrapper = InOwnMounts("mount -t tmpfs none " + obstacle.string() + R"(; exec "$@")");
  command.overrides.push_back("checkpoint.on_error=WARN");
  const ProcessResult result = Run(command);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("no checkpoint of step 20"), HasSubstr("rename")));
  EXPECT_EQ(json::parse(result.out)["sha256"], HashAfter(40));
  EXPECT_EQ(NamesIn(command.run_dir / "checkpoints"),
            (std::vector<std::string>{"CURRENT", "step-000000010", "step-000000020",
                                      "step-000000030", "step-000000040"}));
}

void FlipABit(const fs::path& path, std::streamoff place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(place);
  const int byte = file.get();
  file.seekp(place);
  file.put(static_cast<char>(byte ^ 4));
}

struct Damage {
  std::string name;
  std::function<void(const fs::path& checkpoint)> inflict;
};

const std::vector<Damage>& Damages() {
  static const std::vector<Damage> damages = {
      {"truncated", [](const fs::path& c) { fs::resize_file(c / "model.safetensors", 1000); }},
      {"bit flipped", [](const fs::path& c) { FlipABit(c / "optimizer.safetensors", 9000); }},
      {"manifest flipped", [](const fs::path& c) { FlipABit(c / "MANIFEST", 60); }},
      {"file missing", [](const fs::path& c) { fs::remove(c / "state.json"); }},
      {"manifest missing", [](const fs::path& c) { fs::remove(c / "MANIFEST"); }},
      {"file added", [](const fs::path& c) { std::ofstream(c / "notes.txt") << "mine"; }},
  };
  return damages;
}

TEST_F(TrainingFaultsTest, ABrokenCheckpointIsNamedAndTheOneBeforeItTakesOver) {
  const json undisturbed = Train(Command("undisturbed"));
  for (const Damage& damage : Damages()) {
    SCOPED_TRACE(damage.name);
    TrainingCommand command = Command(damage.name);
    fs::copy(folder_ / "undisturbed", command.run_dir, fs::copy_options::recursive);
    const fs::path newest = CheckpointOf(command.run_dir, 40);
    damage.inflict(newest);

    TrainingCommand exact = command;
    exact.resume = "step-40";
    const ProcessResult refused = Run(exact);
    EXPECT_EQ(refused.exit_code, 65) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr(newest.string()));

    const ProcessResult resumed = Run(command);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(CountMessages(resumed.err, "warning"), 1) << resumed.err;
    EXPECT_THAT(resumed.err, AllOf(HasSubstr(newest.string() + " is skipped"),
                                   HasSubstr("resumes after step 30")));
    EXPECT_EQ(json::parse(resumed.out)["sha256"], undisturbed["sha256"]);
    ExpectVerifies(command.run_dir);
  }
}

TEST_F(TrainingFaultsTest, WhereEveryCheckpointIsBrokenNothingBeginsAnew) {
  TrainingCommand command = Command("run");
  Train(command);
  for (int step : {10, 20, 30, 40}) {
    fs::resize_file(CheckpointOf(command.run_dir, step) / "model.safetensors", 1000);
  }
  const auto before = NamesIn(command.run_dir / "checkpoints");
  const ProcessResult result = Run(command);
  EXPECT_EQ(result.exit_code, 65) << result.err;
  EXPECT_THAT(result.err, HasSubstr("none of the 4 checkpoints verifies"));
  EXPECT_EQ(NamesIn(command.run_dir / "checkpoints"), before);
  EXPECT_EQ(RunLockstep({"eval", command.run_dir.string()}).exit_code, 65);
}

/// How many numbers of a safetensors file of 32-bit floats are NaN or infinite.
int CountNotFinite(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t header = 0;
  file.read(reinterpret_cast<char*>(&header), sizeof(header));
  file.ignore(static_cast<std::streamsize>(header));
  int count = 0;
  for (float value = 0; file.read(reinterpret_cast<char*>(&value), sizeof(value));) {
    if (!std::isfinite(value)) ++count;
  }
  return count;
}

TEST_F(TrainingFaultsTest, ADivergedRunEndsAndSavesNoStateThatIsNotFinite) {
  for (const std::string rate : {"1e6", "1e9", "1e30"}) {
    SCOPED_TRACE(rate);
    TrainingCommand command = Command(rate);
    command.overrides.insert(command.overrides.end(),
                             {"checkpoint.every=1", "optimizer.learning_rate=" + rate});
    const ProcessResult result = Run(command);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr("optimizer.learning_rate"), HasSubstr("step "),
                                  HasSubstr("the gradient of ")));
    EXPECT_EQ(CountMessages(result.err, "error"), 1) << result.err;
    EXPECT_EQ(StatusOf(command.run_dir), "failed");
    for (const auto& entry : fs::directory_iterator(command.run_dir / "checkpoints")) {
      if (!entry.is_directory()) continue;
      EXPECT_EQ(CountNotFinite(entry.path() / "model.safetensors"), 0) << entry.path();
      EXPECT_EQ(CountNotFinite(entry.path() / "optimizer.safetensors"), 0) << entry.path();
    }
  }
}

TEST_F(TrainingFaultsTest, ToldToIgnoreDivergenceItGoesOnAndSaves) {
  TrainingCommand command = Command("run");
  command.overrides.insert(command.overrides.end(),
                           {"optimizer.learning_rate=1e30", "steps=3", "on_divergence=IGNORE"});
  Train(command);
  EXPECT_GT(CountNotFinite(CheckpointOf(command.run_dir, 3) / "model.safetensors"), 0);
}

TEST_F(MpiTrainingFaultsTest, DivergenceIsToldOnce) {
  TrainingCommand command = Command("run");
  command.ranks = 2;
  command.overrides.push_back("optimizer.learning_rate=1e30");
  const ProcessResult result = Run(command);
  EXPECT_EQ(result.exit_code, 86) << result.err;
  EXPECT_EQ(CountMessages(result.err, "error"), 1) << result.err;
}

TEST_F(MpiTrainingFaultsTest, ALoneRankUnderMpirunEndsWithItsCode) {
  TrainingCommand command = Command("run");
  command.overrides.push_back("optimizer.learning_rate=1e30");
  std::vector<std::string> arguments = {"mpirun", "-n", "1"};
  const std::vector<std::string> train = command.Arguments();
  arguments.insert(arguments.end(), train.begin(), train.end());
  const ProcessResult result = RunProcess(arguments, MpiProcessOptions());
  EXPECT_EQ(result.exit_code, 86) << result.err;
  EXPECT_EQ(CountMessages(result.err, "error"), 1) << result.err;
}

TEST_F(TrainingFaultsTest, AskedToStopItSavesTheStepItIsAt) {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    SCOPED_TRACE(strsignal(signal));
    TrainingCommand command = Command("stopped-" + std::to_string(signal));
    command.overrides.insert(command.overrides.end(), {"steps=1000000", "checkpoint.every=0"});
    Process run(command.Arguments());
    WaitForFile(run, command.run_dir / "logs" / "train.jsonl");
    run.Signal(signal);
    const ProcessResult stopped = run.Wait();
    ASSERT_EQ(stopped.exit_code, 85) << stopped.err;
    EXPECT_EQ(StatusOf(command.run_dir), "preempted");
    const json summary = json::parse(stopped.out);
    EXPECT_EQ(summary["sha256"], HashAfter(summary["steps"]));
  }
}

TEST_F(TrainingFaultsTest, AskedForACheckpointItSavesOneAndGoesOn) {
  TrainingCommand command = Command("run");
  command.overrides.insert(command.overrides.end(), {"steps=1000000", "checkpoint.every=0"});
  Process run(command.Arguments());
  WaitForFile(run, command.run_dir / "logs" / "train.jsonl");
  EXPECT_EQ(NewestStep(command.run_dir), 0);
  run.Signal(SIGUSR2);
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 1)) << run.err();
  const std::int64_t saved = NewestStep(command.run_dir);
  run.Signal(SIGUSR1);
  EXPECT_EQ(run.Wait().exit_code, 85);
  EXPECT_GT(NewestStep(command.run_dir), saved);
}

TEST_F(MpiTrainingFaultsTest, AskedThroughOneRankAllStopAtOneStep) {
  TrainingCommand command = Command("stopped");
  command.ranks = 2;
  command.overrides.insert(command.overrides.end(), {"steps=1000000", "checkpoint.every=0"});
  Process run(command.Arguments(), MpiProcessOptions());
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), 2);
  ASSERT_EQ(ranks.size(), 2U);
  WaitForFile(run, command.run_dir / "STATUS.json");
  kill(ranks[1], SIGTERM);
  const ProcessResult stopped = run.Wait();
  ASSERT_EQ(stopped.exit_code, 85) << stopped.err;
  const json summary = json::parse(stopped.out);
  EXPECT_EQ(summary["sha256"], HashAfter(summary["steps"]));
}

/// Whether some thread of `process` lets SIGINT through (SigBlk of proc(5), a mask in hexadecimal).
bool LetsInterruptThrough(pid_t process) {
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream file(task.path() / "status");
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("SigBlk:", 0) != 0) continue;
      const auto blocked = std::stoull(line.substr(7), nullptr, 16);
      if ((blocked & (1ULL << (SIGINT - 1))) == 0) return true;
    }
  }
  return false;
}

TEST_F(TrainingFaultsTest, TheSecondInterruptKillsInTheMiddleOfAStep) {
  TrainingCommand command = Command("run");
  // A step of many seconds: what follows happens within the first one.
  command.overrides.insert(command.overrides.end(), {"batch=65536", "shards=64"});
  Process run(command.Arguments());
  WaitForFile(run, command.run_dir / "STATUS.json");
  EXPECT_FALSE(LetsInterruptThrough(run.pid()));
  run.Signal(SIGINT);
  while (run.running() && !LetsInterruptThrough(run.pid())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  run.Signal(SIGINT);
  EXPECT_EQ(run.Wait().exit_code, 128 + SIGINT);
}

TEST_F(TrainingFaultsTest, AUsedDirectoryIsNotBegunAgain) {
  TrainingCommand command = Command("run");
  const json first = Train(command);
  command.resume = "none";
  const ProcessResult result = Run(command);
  EXPECT_EQ(result.exit_code, 73) << result.err;
  EXPECT_THAT(result.err, HasSubstr(command.run_dir.string()));
  command.resume = "auto";
  EXPECT_EQ(Train(command)["sha256"], first["sha256"]);
}

TEST_F(TrainingFaultsTest, AMovedRunGoesOn) {
  TrainingCommand command = Command("run");
  command.overrides.push_back("steps=20");
  Train(command);
  fs::rename(command.run_dir, folder_ / "elsewhere");
  EXPECT_EQ(Train(Command("elsewhere"))["sha256"], HashAfter(40));
  EXPECT_FALSE(fs::exists(command.run_dir));
}

TEST_F(TrainingFaultsTest, AFinishedRunMayBeGivenMoreStepsAndFewerDoNoHarm) {
  TrainingCommand command = Command("run");
  Train(command);
  TrainingCommand longer = command;
  longer.overrides.push_back("steps=50");
  const json extended = Train(longer);
  EXPECT_EQ(extended["sha256"], HashAfter(50));

  TrainingCommand shorter = command;
  shorter.overrides.push_back("steps=20");
  const json result = Train(shorter);
  EXPECT_EQ(result["steps"], 50);
  EXPECT_EQ(result["sha256"], extended["sha256"]);
  EXPECT_TRUE(result["loss"].is_null()) << "no step was done";
  ExpectVerifies(command.run_dir);
}

TEST_F(TrainingFaultsTest, TheHashIsThatOfTheLastStepAlsoBesideLaterCheckpoints) {
  TrainingCommand command = Command("run");
  Train(command);
  command.resume = "step-10";
  command.overrides.push_back("steps=20");
  EXPECT_EQ(Train(command)["sha256"], HashAfter(20));
}

TEST_F(TrainingFaultsTest, QuietJsonIsOneDocumentAndNothingElse) {
  TrainingCommand command = Command("run");
  command.flags = {"--quiet"};
  const ProcessResult result = Run(command);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(json::accept(result.out)) << result.out;
  EXPECT_EQ(json::parse(result.out)["steps"], 40);
}

}  // namespace
}  // namespace lockstep
