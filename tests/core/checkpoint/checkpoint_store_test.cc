#include "core/checkpoint/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"
#include "tests/core/checkpoint/file_size_limit.h"
#include "tests/core/checkpoint/killed_process.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointStoreTest() : store_(folder_ / "checkpoints") {}

  void Save(std::int64_t step, const std::string& text = "state") {
    Save(CommitOptions{step, 0, {}, {}}, text);
  }

  void Save(const CommitOptions& options, const std::string& text) {
    store_.Prepare(options.step);
    PosixFile(store_.TemporaryPathOf(options.step) / "state.json", PosixFile::Mode::kCreate)
        .WriteAt(text, 0);
    store_.Commit(options);
  }

  void Break(std::int64_t step) {
    PosixFile(store_.PathOf(step) / "state.json", PosixFile::Mode::kWrite).WriteAt("S", 0);
  }

  std::vector<std::int64_t> Steps() const {
    std::vector<std::int64_t> steps;
    for (const CheckpointEntry& entry : store_.List()) steps.push_back(entry.step);
    return steps;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& path : ListFolder(store_.folder())) names.push_back(path.filename().string());
    return names;
  }

  TemporaryFolder folder_;
  CheckpointStore store_;
};

TEST_F(CheckpointStoreTest, IsEmptyBeforeTheFirstSave) {
  EXPECT_TRUE(store_.List().empty());
  EXPECT_FALSE(store_.Newest().entry);
  EXPECT_FALSE(std::filesystem::exists(store_.folder()));
}

TEST_F(CheckpointStoreTest, CommitsUnderTheNameOfTheStep) {
  Save(20);
  EXPECT_THAT(Names(), ElementsAre("CURRENT", "step-000000020"));
  EXPECT_EQ(ReadText(store_.folder() / "CURRENT"), "step-000000020\n");
  EXPECT_EQ(store_.Newest().entry->step, 20);
  EXPECT_EQ(ReadText(store_.Find(20).path / "state.json"), "state");
}

TEST_F(CheckpointStoreTest, ListsInTheOrderOfSteps) {
  Save(20);
  Save(1'000'000'000'000);
  Save(3);
  CreateFolders(store_.folder() / "step-4");
  CreateFolders(store_.folder() / "step-00000000x");
  PosixFile(store_.folder() / "step-000000005", PosixFile::Mode::kCreate);
  EXPECT_THAT(Steps(), ElementsAre(3, 20, 1'000'000'000'000));
}

TEST_F(CheckpointStoreTest, SkipsBrokenOnesAndSaysWhy) {
  Save(10);
  Save(20);
  Save(30);
  Break(30);
  RemoveTree(store_.PathOf(20) / "MANIFEST");
  const NewestCheckpoint newest = store_.Newest();
  EXPECT_EQ(newest.entry->step, 10);
  ASSERT_EQ(newest.skipped.size(), 2U);
  EXPECT_EQ(newest.skipped[0].path, store_.PathOf(30));
  EXPECT_THAT(newest.skipped[0].why, HasSubstr("CRC-32C"));
  EXPECT_THAT(newest.skipped[1].why, HasSubstr("has no MANIFEST"));
}

TEST_F(CheckpointStoreTest, DoesNotTrustCurrent) {
  Save(10);
  Save(20);
  ReplaceFile(store_.folder() / "CURRENT", "step-000000010\n", Durability::kSurvivesProcess);
  EXPECT_EQ(store_.Newest().entry->step, 20);
  RemoveTree(store_.folder() / "CURRENT");
  EXPECT_EQ(store_.Newest().entry->step, 20);
}

TEST_F(CheckpointStoreTest, RefusesAStepAskedForThatIsBrokenOrAbsent) {
  Save(10);
  Break(10);
  EXPECT_THROW(store_.Find(10), DataError);
  EXPECT_THROW(store_.Find(11), InputMissing);
}

TEST_F(CheckpointStoreTest, RemovesWhatCrashedSavesLeft) {
  store_.Prepare(10);
  PosixFile(store_.TemporaryPathOf(10) / "model.safetensors", PosixFile::Mode::kCreate);
  Save(20);
  EXPECT_THAT(Names(), ElementsAre("CURRENT", "step-000000020"));
}

TEST_F(CheckpointStoreTest, ReplacesACheckpointOfTheSameStep) {
  Save(10, "first");
  Save(10, "second");
  EXPECT_EQ(ReadText(store_.Find(10).path / "state.json"), "second");
  EXPECT_THAT(Names(), ElementsAre("CURRENT", "step-000000010"));
}

/// How often each state was found after a commit in place of an old checkpoint was killed behind
/// each of its system calls in turn.
struct CrashCounts {
  int old_one = 0;
  int new_one = 0;
  int nameless = 0;  ///< the step's name led nowhere before BringBackReplaced
};

class CrashedCommitTest : public CheckpointStoreTest {
 protected:
  void ReplaceAndCrash(const std::function<void()>& before, CrashCounts& counts) {
    for (End end = End::kKilled; end != End::kEndedWell;) {
      SCOPED_TRACE(calls_);
      Save(10, "old");
      store_.Prepare(10);
      PosixFile(store_.TemporaryPathOf(10) / "state.json", PosixFile::Mode::kCreate)
          .WriteAt("new", 0);
      end = RunAndKillAfter(calls_++, [&] {
        before();
        store_.Commit({10, 0, {}, {}});
      });
      if (end == End::kNotAllowed) GTEST_SKIP() << "this machine lets nobody trace a process";
      ASSERT_NE(end, End::kFailed);
      Count(counts);
    }
  }

 private:
  void Count(CrashCounts& counts) {
    if (store_.List().empty()) ++counts.nameless;
    store_.BringBackReplaced();
    const NewestCheckpoint newest = store_.Newest();
    ASSERT_TRUE(newest.entry);
    const std::string text = ReadText(newest.entry->path / "state.json");
    ASSERT_TRUE(text == "old" || text == "new") << text;
    ++(text == "old" ? counts.old_one : counts.new_one);
  }

  int calls_ = 1;
};

TEST_F(CrashedCommitTest, LeavesTheOldOrTheNewOneUnderTheNameAtEveryMoment) {
  CrashCounts counts;
  ReplaceAndCrash([] {}, counts);
  if (IsSkipped() || HasFatalFailure()) return;
  EXPECT_GT(counts.old_one, 10);
  EXPECT_GT(counts.new_one, 10);
  EXPECT_EQ(counts.nameless, 0);
}

TEST_F(CrashedCommitTest, LosesNeitherWhereTheFileSystemCannotExchangeNames) {
  CrashCounts counts;
  ReplaceAndCrash(ForbidExchange, counts);
  if (IsSkipped() || HasFatalFailure()) return;
  EXPECT_GT(counts.old_one, 10);
  EXPECT_GT(counts.new_one, 10);
  EXPECT_GT(counts.nameless, 0) << "no crash between the two renames was tried";
}

TEST_F(CheckpointStoreTest, CommitsNothingWhereTheGuardForbids) {
  Save(10, "old");
  CommitOptions options{10, 0, {}, [] { throw OutputError("not ours"); }};
  EXPECT_THROW(Save(options, "new"), OutputError);
  options.step = 20;
  EXPECT_THROW(Save(options, "new"), OutputError);
  EXPECT_THAT(Steps(), ElementsAre(10));
  EXPECT_EQ(ReadText(store_.Find(10).path / "state.json"), "old");
}

TEST_F(CheckpointStoreTest, LosesNothingOnAFullDisk) {
  Save(10);
  store_.Prepare(20);
  PosixFile(store_.TemporaryPathOf(20) / "state.json", PosixFile::Mode::kCreate).WriteAt("s", 0);
  {
    const FileSizeLimit limit(20);
    EXPECT_THROW(store_.Commit({20, 1, {}, {}}), SystemCallError);
  }
  EXPECT_THAT(Steps(), ElementsAre(10));
  EXPECT_EQ(store_.Newest().entry->step, 10);
}

TEST_F(CheckpointStoreTest, KeepsTheNewestAndTheBest) {
  for (const std::int64_t step : {1, 2, 3, 4, 5}) Save(step);
  store_.Prune({0, {}, {}});
  EXPECT_EQ(Steps().size(), 5U);
  store_.Prune({2, 1, {}});
  EXPECT_THAT(Steps(), ElementsAre(1, 4, 5));
  Save({6, 1, 1, {}}, "state");
  EXPECT_THAT(Steps(), ElementsAre(1, 6));
}

TEST_F(CheckpointStoreTest, NeverPrunesTheLastValidOne) {
  for (const std::int64_t step : {1, 2, 3, 4}) Save(step);
  Break(3);
  Break(4);
  store_.Prune({1, {}, {}});
  EXPECT_THAT(Steps(), ElementsAre(2, 4));
  EXPECT_EQ(store_.Newest().entry->step, 2);
}

TEST_F(CheckpointStoreTest, KeepsWhatItJustCommittedBelowOlderRuns) {
  Save(30);
  Save({20, 1, {}, {}}, "state");
  EXPECT_THAT(Steps(), ElementsAre(20, 30));
}

}  // namespace
}  // namespace lockstep
