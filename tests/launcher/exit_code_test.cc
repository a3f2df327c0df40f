#include "launcher/exit_code.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {
namespace {

TEST(ExitCodeTest, FollowsTheKindOfTheError) {
  EXPECT_EQ(ExitCodeOf(ConfigError("")), ExitCode::kConfig);
  EXPECT_EQ(ExitCodeOf(Unsupported("")), ExitCode::kConfig);
  EXPECT_EQ(ExitCodeOf(DataError("")), ExitCode::kData);
  EXPECT_EQ(ExitCodeOf(InputMissing("")), ExitCode::kInputMissing);
  EXPECT_EQ(ExitCodeOf(Unavailable("")), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeOf(OutputError("")), ExitCode::kOutput);
  EXPECT_EQ(ExitCodeOf(IoError("")), ExitCode::kIo);
  EXPECT_EQ(ExitCodeOf(EnvironmentError("")), ExitCode::kEnvironment);
  EXPECT_EQ(ExitCodeOf(Diverged("")), ExitCode::kDiverged);
  EXPECT_EQ(ExitCodeOf(ReplicasDiffer("")), ExitCode::kReplicasDiffer);
  EXPECT_EQ(ExitCodeOf(VendorError("")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(std::logic_error("")), ExitCode::kBug);
}

TEST(ExitCodeTest, TellsAMissingPermissionFromAFullDisk) {
  EXPECT_EQ(ExitCodeOf(SystemCallError("", EACCES)), ExitCode::kPermission);
  EXPECT_EQ(ExitCodeOf(SystemCallError("", EROFS)), ExitCode::kPermission);
  EXPECT_EQ(ExitCodeOf(SystemCallError("", ENOSPC)), ExitCode::kIo);
  EXPECT_EQ(ExitCodeOf(std::system_error(EPERM, std::generic_category())), ExitCode::kPermission);
}

}  // namespace
}  // namespace lockstep
