// A run that cannot begin says why in one line, with the exit code of its kind of failure, and
// leaves no run directory behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class FailedStartTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  TrainingCommand Command(const std::vector<std::string>& overrides = {}) const {
    TrainingCommand command;
    command.run_dir = folder_ / "run";
    command.overrides = overrides;
    return command;
  }

  /// A copy of the data set with one file changed.
  std::string DamagedData(const std::string& name,
                          const std::function<void(const fs::path&)>& inflict) const {
    const fs::path copy = folder_ / "data";
    fs::remove_all(copy);
    fs::copy(GlyphsFolder(), copy);
    inflict(copy / name);
    return "data.path=" + copy.string();
  }

  std::string WithBadLabel() const {
    return DamagedData("train-labels-idx1-ubyte", [](const fs::path& path) {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(8 + 12);  // behind the header, label 12
      file.put(99);
    });
  }

  /// Fails with `code`, says each of `words` in one line of error, and leaves nothing.
  void ExpectRefused(const TrainingCommand& command, int code,
                     const std::vector<std::string>& words,
                     const std::vector<std::string>& environment = {}) const {
    ProcessOptions options = MpiProcessOptions();
    options.environment.insert(options.environment.end(), environment.begin(), environment.end());
    const ProcessResult result = RunProcess(command.Arguments(), options);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_EQ(result.out, "");
    for (const std::string& word : words) EXPECT_THAT(result.err, HasSubstr(word));
    const std::size_t first = result.err.find("error: ");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(result.err.find("error: ", first + 1), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(command.run_dir));
  }

  TemporaryFolder folder_;
};

class MpiFailedStartTest : public FailedStartTest {};

TEST_F(FailedStartTest, NamesTheSettingThatIsWrong) {
  ExpectRefused(Command({"shards=7"}), 64, {"shards", "divisor", "64", "7"});
  ExpectRefused(Command({"model.preset=lenett"}), 64, {"'lenett'", "did you mean 'lenet'"});
  ExpectRefused(Command({"optimizer.learning_rate=nan"}), 64, {"learning_rate", "nan", "finite"});
  ExpectRefused(Command({"optimizer.learning_rat=1"}), 64,
                {"did you mean 'optimizer.learning_rate'"});
  ExpectRefused(Command({"communicator=NCCL"}), 69, {"NCCL"});
}

TEST_F(FailedStartTest, NamesThePlaceInTheConfig) {
  TrainingCommand command = Command();
  command.config = folder_.Write("wrong.textproto", "seed: 1\nbatch: 64\n  shrds: 8\n");
  ExpectRefused(command, 64, {"wrong.textproto:3:", "'shrds'", "did you mean 'shards'"});
  command.config = folder_ / "absent.textproto";
  ExpectRefused(command, 66, {"absent.textproto"});
}

TEST_F(FailedStartTest, NamesWhatIsWrongWithTheData) {
  ExpectRefused(Command({"data.path=" + (folder_ / "absent").string()}), 66, {"absent"});
  ExpectRefused(Command({WithBadLabel()}), 65,
                {"train-labels-idx1-ubyte", "record 12", "below 10", "got 99"});
  const auto truncate = [](const fs::path& path) { fs::resize_file(path, 100000); };
  ExpectRefused(Command({DamagedData("train-images-idx3-ubyte", truncate)}), 65,
                {"train-images-idx3-ubyte", std::to_string(kTrainGlyphs) + " x 28 x 28"});
  const auto cut_header = [](const fs::path& path) { fs::resize_file(path, 7); };
  ExpectRefused(Command({DamagedData("train-images-idx3-ubyte", cut_header)}), 65,
                {"train-images-idx3-ubyte"});
  const auto remove = [](const fs::path& path) { fs::remove(path); };
  ExpectRefused(Command({DamagedData("train-labels-idx1-ubyte", remove)}), 66,
                {"train-labels-idx1-ubyte"});
}

TEST_F(FailedStartTest, TakesAwayTheDirectoryThatItHadMade) {
  ExpectRefused(Command({"initial_weights=absent.safetensors"}), 66, {"absent.safetensors"});
  TrainingCommand command = Command();
  command.resume = "step-3";
  ExpectRefused(command, 66, {"step 3"});
}

TEST_F(FailedStartTest, LeavesAFolderThatWasThereAsItWas) {
  const TrainingCommand command = Command({"initial_weights=absent.safetensors"});
  fs::create_directory(command.run_dir);
  std::ofstream(command.run_dir / "notes.txt") << "mine";
  EXPECT_EQ(RunProcess(command.Arguments()).exit_code, 66);
  EXPECT_EQ(std::distance(fs::directory_iterator(command.run_dir), {}), 1);
}

TEST_F(FailedStartTest, ARunDirectoryThatCannotBeMadeIsNamed) {
  TrainingCommand command = Command();
  command.run_dir = folder_.Write("file", "x") / "run";
  ExpectRefused(command, 73, {command.run_dir.string(), "Not a directory", "--run-dir"});
}

TEST_F(FailedStartTest, TooNarrowAnAffinityMaskTellsTheWayOut) {
  TrainingCommand command = Command({"threads_per_rank=2"});
  command.wrapper = {"taskset", "-c", "0"};
  ExpectRefused(command, 78, {"threads_per_rank", "--bind-to none"});
}

TEST_F(FailedStartTest, SlurmTasksThatCannotFindEachOtherTellTheWayOut) {
  ExpectRefused(Command(), 78, {"--mpi=pmix"},
                {"SLURM_NTASKS=2", "SLURM_STEP_NUM_TASKS=2", "SLURM_STEP_ID=0", "SLURM_PROCID=0"});
}

TEST_F(FailedStartTest, ADryRunWritesNothing) {
  TrainingCommand command = Command();
  command.flags = {"--dry-run"};
  const ProcessResult result = RunProcess(command.Arguments());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("sound"));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  command.overrides = {"shards=7"};
  ExpectRefused(command, 64, {"shards"});
}

TEST_F(FailedStartTest, ToldToSkipBadRecordsItStartsAndNamesThem) {
  TrainingCommand command = Command({WithBadLabel(), "data.on_bad_record=SKIP"});
  command.flags = {"--dry-run"};
  const ProcessResult result = RunProcess(command.Arguments());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning: "));
  EXPECT_THAT(result.err, HasSubstr("record 12: expected a label below 10"));
  EXPECT_THAT(result.err, HasSubstr("left out"));
}

TEST_F(MpiFailedStartTest, OneRankSpeaksForAll) {
  const auto refused = [&](std::vector<std::string> overrides, int code, const std::string& word) {
    TrainingCommand command = Command(overrides);
    command.ranks = 2;
    ExpectRefused(command, code, {word});
  };
  refused({"shards=1"}, 64, "shards");
  refused({WithBadLabel()}, 65, "record 12");
}

TEST_F(MpiFailedStartTest, TheRankThatFailedIsNamed) {
  TrainingCommand command = Command({"threads_per_rank=2"});
  command.ranks = 2;
  command.wrapper = {
      "sh", "-c", R"(test $OMPI_COMM_WORLD_RANK = 0 || set -- taskset -c 0 "$@"; exec "$@")", "sh"};
  ExpectRefused(command, 78, {"rank 1: threads_per_rank"});
}

}  // namespace
}  // namespace lockstep
