#include "core/checkpoint/posix_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/system_call_error.h"
#include "tests/core/checkpoint/file_size_limit.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

TEST(PosixFileTest, WritesAndReadsAtAnyOffset) {
  const TemporaryFolder folder;
  PosixFile file(folder / "f", PosixFile::Mode::kReadWriteOrCreate);
  file.WriteAt("world", 6);
  file.WriteAt("hello ", 0);
  EXPECT_EQ(file.Size(), 11U);
  EXPECT_EQ(ReadText(folder / "f"), "hello world");
  file.Resize(5);
  file.Sync();
  file.Close();
  EXPECT_EQ(ReadText(folder / "f"), "hello");
}

TEST(PosixFileTest, RefusesToReadBehindTheEnd) {
  const TemporaryFolder folder;
  PosixFile file(folder / "f", PosixFile::Mode::kReadWriteOrCreate);
  file.WriteAt("four", 0);
  std::vector<std::byte> five(5);
  EXPECT_THROW(file.ReadAt(five, 0), DataError);
}

TEST(PosixFileTest, NamesCallPathAndReason) {
  const TemporaryFolder folder;
  try {
    PosixFile(folder / "absent" / "f", PosixFile::Mode::kCreate);
    FAIL();
  } catch (const SystemCallError& error) {
    EXPECT_EQ(error.error_number(), ENOENT);
    EXPECT_THAT(error.what(), HasSubstr("open of " + (folder / "absent" / "f").string()));
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST(PosixFileTest, TellsAMissingInputFromOtherFailures) {
  const TemporaryFolder folder;
  EXPECT_THROW(PosixFile(folder / "absent", PosixFile::Mode::kRead), InputMissing);
  EXPECT_THROW(PosixFile(folder / "absent", PosixFile::Mode::kWrite), SystemCallError);
}

TEST(PosixFileTest, DoesNotCreateOverAnExistingFile) {
  const TemporaryFolder folder;
  PosixFile(folder / "f", PosixFile::Mode::kCreate).WriteAt("x", 0);
  EXPECT_THROW(PosixFile(folder / "f", PosixFile::Mode::kCreate), SystemCallError);
}

TEST(PosixFileTest, ReportsAWriteThatTheDiskCutShort) {
  const TemporaryFolder folder;
  PosixFile file(folder / "f", PosixFile::Mode::kCreate);
  const FileSizeLimit limit(100);
  try {
    file.WriteAt(std::string(150, 'x'), 0);
    FAIL();
  } catch (const SystemCallError& error) {
    EXPECT_EQ(error.error_number(), EFBIG);
  }
  EXPECT_EQ(file.Size(), 100U);
}

TEST(FileSystemTest, ReplacesAFileWholeAndLeavesNoOther) {
  const TemporaryFolder folder;
  ReplaceFile(folder / "f", "first", Durability::kSurvivesPowerLoss);
  ReplaceFile(folder / "f", "2nd", Durability::kSurvivesProcess);
  EXPECT_EQ(ReadText(folder / "f"), "2nd");
  EXPECT_EQ(ListFolder(folder.path()).size(), 1U);
}

TEST(FileSystemTest, NeverRenamesOverAFolder) {
  const TemporaryFolder folder;
  CreateFolders(folder / "a");
  CreateFolders(folder / "b");
  EXPECT_THROW(RenameFolderWithoutReplacing(folder / "a", folder / "b"), SystemCallError);
  RenameFolderWithoutReplacing(folder / "a", folder / "c");
  EXPECT_EQ(ListFolder(folder.path()).size(), 2U);
}

}  // namespace
}  // namespace lockstep
