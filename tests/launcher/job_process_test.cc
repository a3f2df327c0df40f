#include "launcher/job_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "tests/launcher/training_command.h"

namespace lockstep {
namespace {

JobCommand Shell(const std::string& script) {
  JobCommand command;
  command.words = {"sh", "-c", script};
  return command;
}

int EndOf(JobProcess& job) {
  while (true) {
    if (const std::optional<int> end = job.Poll()) return *end;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

/// Waits until `process` has so many descendants.
std::vector<pid_t> WaitForDescendants(pid_t process, std::size_t count) {
  while (true) {
    const std::vector<pid_t> descendants = DescendantsOf(process);
    if (descendants.size() >= count) return descendants;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST(JobProcessTest, TellsHowItsFirstProcessEnded) {
  JobProcess exits(Shell("exit 7"));
  EXPECT_EQ(EndOf(exits), 7);
  EXPECT_FALSE(exits.killed());
  JobProcess dies(Shell("kill -9 $$"));
  EXPECT_EQ(EndOf(dies), 137);
  EXPECT_TRUE(dies.killed());
}

TEST(JobProcessTest, GivesItEnvironmentAndNoInput) {
  JobCommand command = Shell(R"sh(test "$WORD" = hello && test "$(cat)" = "")sh");
  command.environment = {"WORD=hello"};
  JobProcess job(command);
  EXPECT_EQ(EndOf(job), 0);
}

TEST(JobProcessTest, KillsWhatHasLeftItsGroupAndLostItsParent) {
  JobProcess job(Shell("setsid sh -c 'setsid sleep 1000 & setsid sleep 1000 & wait' & wait"));
  const std::vector<pid_t> all = WaitForDescendants(job.pid(), 3);
  kill(job.pid(), SIGKILL);
  EXPECT_EQ(EndOf(job), 137);
  for (pid_t process : all) EXPECT_EQ(kill(process, 0), 0) << "else there is nothing to be done";
  job.KillAll();
  for (pid_t process : all) EXPECT_NE(kill(process, 0), 0);
}

TEST(JobProcessTest, KillsWhatIsStopped) {
  JobProcess job(Shell("sleep 1000 & wait"));
  const std::vector<pid_t> all = WaitForDescendants(job.pid(), 1);
  kill(job.pid(), SIGSTOP);
  kill(all.front(), SIGSTOP);
  job.KillAll();
  EXPECT_NE(kill(all.front(), 0), 0);
  EXPECT_EQ(job.Poll(), 137);
}

}  // namespace
}  // namespace lockstep
