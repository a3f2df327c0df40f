#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicators.h"
#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

struct Ended {
  int exit_code = -1;
  std::string output;  ///< standard output and error
};

/// The exit code of `timeout` where a job did not end.
constexpr int kTimedOut = 124;

/// Runs this program as `ranks` ranks that do `job` (mpi_worker.h). A job that hangs is ended after
/// 90 s.
Ended RunUnderMpirun(int ranks, const std::string& job) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command = fmt::format(
      "timeout -k 5 90 mpirun {} --oversubscribe --bind-to none -n {} '{}' mpi-worker {} 2>&1",
      geteuid() == 0 ? "--allow-run-as-root" : "", ranks, program, job);
  Ended ended;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ended;
  char text[4096];
  while (std::fgets(text, sizeof(text), pipe) != nullptr) ended.output += text;
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  return ended;
}

std::string HashOnOneRank(int shards) {
  ScalarBackend backend;
  const auto self = MakeSelfCommunicator();
  const auto result = RunReduction(*self, ClippedReduction(backend, shards));
  return fmt::format("hash {:016x}", HashOf(result.weights));
}

TEST(MpiCommunicatorTest, DoesAllThatACommunicatorDoes) {
  for (int ranks : {1, 2, 3, 4}) {
    const Ended ended = RunUnderMpirun(ranks, "check");
    EXPECT_EQ(ended.exit_code, 0) << ranks << " ranks: " << ended.output;
  }
}

TEST(MpiReductionTest, TheSameBitsAsWithoutMpiOnAnyNumberOfRanks) {
  const std::string expected = HashOnOneRank(8);
  for (int ranks : {1, 2, 3, 4}) {
    const Ended ended = RunUnderMpirun(ranks, "reduce 8");
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(expected)) << ranks << " ranks";
  }
}

TEST(MpiReductionTest, FastReductionRuns) {
  const Ended ended = RunUnderMpirun(3, "fast 8");
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("hash "));
}

TEST(MpiCommunicatorTest, AKilledRankEndsTheJob) {
  const Ended ended = RunUnderMpirun(3, "die");
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_NE(ended.exit_code, kTimedOut) << ended.output;
}

TEST(MpiCommunicatorTest, AnExceptionPastTheCommunicatorEndsTheJob) {
  const Ended ended = RunUnderMpirun(3, "unwind");
  EXPECT_EQ(ended.exit_code, 70) << ended.output;
}

TEST(MpiCommunicatorTest, AbortEndsAnInterruptedJobWithItsExitCode) {
  const Ended ended = RunUnderMpirun(3, "abort");
  EXPECT_EQ(ended.exit_code, 65) << ended.output;
}

}  // namespace
}  // namespace lockstep
