#include "core/checkpoint/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include "core/checkpoint/file_system.h"
#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// Runs `body` in another process; true where it returned true.
bool InAnotherProcess(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string ErrorOfOpening(const std::filesystem::path& root) {
  try {
    RunDirectory directory(root);
  } catch (const OutputError& error) {
    return error.what();
  }
  return "opened";
}

TEST(RunDirectoryTest, MakesItsFolders) {
  const TemporaryFolder folder;
  const RunDirectory run(folder / "runs" / "first");
  EXPECT_FALSE(run.used());
  EXPECT_EQ(run.generation(), 1U);
  EXPECT_TRUE(std::filesystem::is_directory(run.paths().logs()));
  EXPECT_TRUE(std::filesystem::is_directory(run.paths().checkpoints()));
}

TEST(RunDirectoryTest, RefusesASecondProcessAndNamesTheFirst) {
  const TemporaryFolder folder;
  const RunDirectory run(folder / "run");
  const std::string holder = "process " + std::to_string(::getpid()) + " on host ";
  EXPECT_THAT(ErrorOfOpening(folder / "run"), HasSubstr(holder));
  EXPECT_TRUE(InAnotherProcess(
      [&] { return ErrorOfOpening(folder / "run").find(holder) != std::string::npos; }));
  run.CheckGeneration();
}

TEST(RunDirectoryTest, IsFreeAfterItsProcessWasKilled) {
  const TemporaryFolder folder;
  InAnotherProcess([&] {
    const RunDirectory run(folder / "run");
    return ::raise(SIGKILL) == 0;
  });
  const RunDirectory run(folder / "run");
  EXPECT_EQ(run.generation(), 2U);
}

TEST(RunDirectoryTest, KnowsARunThatHadBegun) {
  const TemporaryFolder folder;
  { const RunDirectory run(folder / "run"); }
  EXPECT_FALSE(RunDirectory(folder / "run").used());
  ReplaceFile(RunPaths{folder / "run"}.config(), "batch: 8\n", Durability::kSurvivesProcess);
  EXPECT_TRUE(RunDirectory(folder / "run").used());
}

TEST(RunDirectoryTest, DiscardedItLeavesNothingButWhatWasThereBefore) {
  const TemporaryFolder folder;
  RunDirectory(folder / "new").Discard();
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));

  CreateFolders(folder / "empty");
  RunDirectory(folder / "empty").Discard();
  EXPECT_TRUE(std::filesystem::is_empty(folder / "empty"));

  CreateFolders(folder / "notes");
  ReplaceFile(folder / "notes" / "mine.txt", "x", Durability::kSurvivesProcess);
  RunDirectory(folder / "notes").Discard();
  EXPECT_TRUE(std::filesystem::exists(folder / "notes" / "mine.txt"));
}

TEST(RunDirectoryTest, AUsedOneIsNeverDiscarded) {
  const TemporaryFolder folder;
  { const RunDirectory run(folder / "run"); }
  ReplaceFile(RunPaths{folder / "run"}.config(), "batch: 8\n", Durability::kSurvivesProcess);
  const RunDirectory run(folder / "run");
  run.Discard();
  EXPECT_TRUE(std::filesystem::exists(run.paths().config()));
  run.CheckGeneration();
}

TEST(RunDirectoryTest, NoticesThatAnotherProcessTookOver) {
  const TemporaryFolder folder;
  const RunDirectory stale(folder / "run");
  RemoveTree(stale.paths().lock());
  EXPECT_THROW(stale.CheckGeneration(), OutputError);
  // Two owners, as on a file system whose locks do not hold.
  ReplaceFile(stale.paths().lock(), "generation 1\npid 1\nhost h\n", Durability::kSurvivesProcess);
  const RunDirectory owner(folder / "run");
  EXPECT_THROW(stale.CheckGeneration(), OutputError);
  owner.CheckGeneration();
}

TEST(RunDirectoryTest, WorksWhereItWasMovedOrCopied) {
  const TemporaryFolder folder;
  { const RunDirectory run(folder / "run"); }
  std::filesystem::copy(folder / "run", folder / "copy", std::filesystem::copy_options::recursive);
  std::filesystem::rename(folder / "run", folder / "moved");
  const RunDirectory copy(folder / "copy");
  const RunDirectory moved(folder / "moved");
  EXPECT_EQ(copy.generation(), 2U);
  EXPECT_EQ(moved.generation(), 2U);
  EXPECT_NO_THROW(copy.CheckGeneration());
  EXPECT_NO_THROW(moved.CheckGeneration());
}

TEST(RunDirectoryTest, SurvivesALockFileThatACrashCut) {
  const TemporaryFolder folder;
  CreateFolders(folder / "run");
  ReplaceFile(folder / "run" / "LOCK", "generati", Durability::kSurvivesProcess);
  EXPECT_EQ(RunDirectory(folder / "run").generation(), 1U);
}

TEST(RunDirectoryTest, SaysThatNoFolderCanHaveTheName) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.Write("file", "x");
  EXPECT_THROW(RunDirectory{file}, OutputError);
  EXPECT_THROW(RunDirectory{file / "run"}, OutputError);
}

}  // namespace
}  // namespace lockstep
