#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CheckpointVerbsTest : public ::testing::Test {
 protected:
  // Two short runs that differ in their seed, with checkpoints of steps 2 and 4, made once.
  static void SetUpTestSuite() {
    MakeGlyphs();
    runs_ = std::make_unique<TemporaryFolder>();
    for (const std::string seed : {"1", "2"}) {
      TrainingCommand command;
      command.run_dir = *runs_ / seed;
      command.overrides = {"steps=4", "checkpoint.every=2", "seed=" + seed};
      const ProcessResult result = RunProcess(command.Arguments());
      ASSERT_EQ(result.exit_code, 0) << result.err;
    }
  }
  static void TearDownTestSuite() { runs_.reset(); }

  CheckpointVerbsTest() { fs::copy(*runs_ / "1", run(), fs::copy_options::recursive); }

  // A copy of the first run that a test may damage.
  fs::path run() const { return copy_ / "run"; }
  static fs::path OtherRun() { return *runs_ / "2"; }

  static ProcessResult Checkpoint(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "checkpoint");
    return RunLockstep(arguments);
  }
  static nlohmann::json JsonOf(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(Checkpoint(std::move(arguments)).out);
  }

  // Changes the lowest bit of the last byte.
  static void Damage(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-1, std::ios::end);
    const int byte = file.get();
    file.seekp(-1, std::ios::end);
    file.put(static_cast<char>(byte ^ 1));
  }

  static std::unique_ptr<TemporaryFolder> runs_;
  TemporaryFolder copy_;
};

std::unique_ptr<TemporaryFolder> CheckpointVerbsTest::runs_;

TEST_F(CheckpointVerbsTest, LsListsStepsOldestFirst) {
  const auto list = JsonOf({"ls", run().string()})["checkpoints"];
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["step"], 2);
  EXPECT_EQ(list[1]["step"], 4);
  EXPECT_EQ(list[1]["samples"], 4 * 64);
  EXPECT_EQ(list[1]["valid"], true);
}

TEST_F(CheckpointVerbsTest, VerifyAcceptsWhatTrainWrote) {
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 0);
}

TEST_F(CheckpointVerbsTest, VerifyFindsAnyChangedByte) {
  const fs::path folder = run() / "checkpoints/step-000000004";
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    Damage(entry.path());
    const ProcessResult result = Checkpoint({"verify", run().string()});
    EXPECT_EQ(result.exit_code, 65) << entry.path();
    EXPECT_THAT(result.err, HasSubstr("step-000000004"));
    Damage(entry.path());
    ++files;
  }
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 0);
  EXPECT_GE(files, 4);
}

TEST_F(CheckpointVerbsTest, VerifyFindsMissingAddedAndRenamed) {
  const fs::path checkpoints = run() / "checkpoints";
  std::ofstream(checkpoints / "step-000000004/extra") << "x";
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 65);
  fs::remove(checkpoints / "step-000000004/extra");
  fs::rename(checkpoints / "step-000000004", checkpoints / "step-000000009");
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 65);
  fs::rename(checkpoints / "step-000000009", checkpoints / "step-000000004");
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 0);
  fs::remove(checkpoints / "step-000000002/state.json");
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 65);
}

TEST_F(CheckpointVerbsTest, HashTakesTheNewestThatVerifies) {
  const auto newest = JsonOf({"hash", run().string()});
  EXPECT_EQ(newest["step"], 4);
  EXPECT_EQ(newest["samples"], 4 * 64);
  EXPECT_EQ(newest["sha256"].get<std::string>().size(), 64U);
  const auto older = JsonOf({"hash", run().string(), "--step", "2"});
  EXPECT_NE(older["sha256"], newest["sha256"]);
  Damage(run() / "checkpoints/step-000000004/model.safetensors");
  const ProcessResult result = Checkpoint({"hash", run().string(), "--json"});
  EXPECT_EQ(nlohmann::json::parse(result.out), older);
  EXPECT_THAT(result.err, HasSubstr("step-000000004 is skipped"));
}

TEST_F(CheckpointVerbsTest, HashOfAStepThatDoesNotVerifyIsAnError) {
  Damage(run() / "checkpoints/step-000000004/model.safetensors");
  EXPECT_EQ(Checkpoint({"hash", run().string(), "--step", "4"}).exit_code, 65);
  EXPECT_EQ(Checkpoint({"hash", run().string(), "--step", "3"}).exit_code, 66);
}

TEST_F(CheckpointVerbsTest, DiffTellsSameFromDifferent) {
  EXPECT_EQ(Checkpoint({"diff", run().string(), (*runs_ / "1").string()}).exit_code, 0);
  const auto different = Checkpoint({"diff", run().string(), OtherRun().string()});
  EXPECT_EQ(different.exit_code, 1);
  EXPECT_THAT(different.out, HasSubstr("model conv1.weight: 150 of 150 elements differ"));
}

TEST_F(CheckpointVerbsTest, SaysWhatIsNoRun) {
  EXPECT_EQ(Checkpoint({"ls", (copy_ / "none").string()}).exit_code, 66);
  EXPECT_EQ(Checkpoint({"ls", copy_.path().string()}).exit_code, 66);
  fs::remove_all(run() / "checkpoints");
  EXPECT_EQ(Checkpoint({"verify", run().string()}).exit_code, 66);
  EXPECT_EQ(Checkpoint({"hash", run().string()}).exit_code, 66);
}

}  // namespace
}  // namespace lockstep
