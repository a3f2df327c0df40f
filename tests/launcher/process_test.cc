#include "tests/launcher/process.h"

#include <gtest/gtest.h>

#include <csignal>

namespace lockstep {
namespace {

TEST(ProcessTest, TellsExitCodeAndBothOutputs) {
  const ProcessResult result = RunProcess({"sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(ProcessTest, TellsTheSignalThatEndedIt) {
  Process process({"sleep", "60"});
  EXPECT_TRUE(process.running());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait().exit_code, 128 + SIGTERM);
}

TEST(ProcessTest, KillsWhatDoesNotEnd) {
  const ProcessResult result =
      RunProcess({"sh", "-c", "sleep 60; true"}, {}, std::chrono::seconds(1));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
}

TEST(ProcessTest, PassesEnvironmentAndDirectory) {
  ProcessOptions options;
  options.environment = {"LOCKSTEP_WORD=hello", "HOME=/elsewhere"};
  options.directory = "/";
  const ProcessResult result =
      RunProcess({"sh", "-c", "echo $LOCKSTEP_WORD $HOME $(pwd)"}, options);
  EXPECT_EQ(result.out, "hello /elsewhere /\n");
}

TEST(ProcessTest, SaysWhenAProgramIsNotThere) {
  EXPECT_EQ(RunProcess({"no-such-program-of-lockstep"}).exit_code, 127);
}

}  // namespace
}  // namespace lockstep
