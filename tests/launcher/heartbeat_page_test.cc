#include "launcher/heartbeat_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "core/checkpoint/process_identity.h"
#include "launcher/heartbeat.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// Sets the variable that a supervisor sets, for one test.
class InSupervision {
 public:
  explicit InSupervision(const std::string& address) {
    setenv(kHeartbeatVariable, address.c_str(), 1);
  }
  ~InSupervision() { unsetenv(kHeartbeatVariable); }
  InSupervision(const InSupervision&) = delete;
  InSupervision& operator=(const InSupervision&) = delete;
};

TEST(HeartbeatPageTest, ShowsWhatAnotherProcessWritesAlsoAfterItsEnd) {
  const HeartbeatPage page = HeartbeatPage::MakeShared(3);
  const InSupervision supervision(page.address());
  EXPECT_EQ(page.Sign(1).pid, 0);
  const pid_t child = fork();
  if (child == 0) {
    HeartbeatPage opened = HeartbeatPage::OfRank(1);
    Heartbeat heartbeat(opened, 1);
    heartbeat.Enter(RankPhase::kStepping);
    heartbeat.StepIsDone(7);
    heartbeat.ExchangeBegins();
    heartbeat.RecordEnd(ExitCode::kIo);
    _exit(opened.supervisor() == getppid() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const RankSign sign = page.Sign(1);
  EXPECT_EQ(sign.pid, child);
  EXPECT_EQ(sign.host, ThisProcess().host);
  EXPECT_EQ(sign.phase, RankPhase::kExchanging);
  EXPECT_EQ(sign.step, 7);
  EXPECT_EQ(sign.collective, 1U);
  EXPECT_EQ(sign.exit_code, 74);
  EXPECT_GT(sign.time.count(), 0);
  EXPECT_EQ(page.first_failure()->rank, 1);
  EXPECT_EQ(page.first_failure()->exit_code, 74);
  EXPECT_EQ(page.Sign(2).pid, 0) << "the slots of other ranks are theirs";
  EXPECT_THAT(TextOf(sign), HasSubstr("exchanging, step 7, collective 1"));
}

TEST(HeartbeatPageTest, KeepsTheFirstFailureAndTakesASuccessForNone) {
  HeartbeatPage page = HeartbeatPage::MakePrivate(2);
  Heartbeat first(page, 0);
  first.RecordEnd(ExitCode::kDone);
  EXPECT_FALSE(page.first_failure().has_value());
  EXPECT_EQ(page.Sign(0).exit_code, 0);
  page.RecordFailure({1, 86});
  page.RecordFailure({0, 69});
  EXPECT_EQ(page.first_failure()->rank, 1);
  EXPECT_EQ(page.first_failure()->exit_code, 86);
}

TEST(HeartbeatPageTest, ARankExchangesWhileAnExchangeThatBeganHasNotEnded) {
  HeartbeatPage page = HeartbeatPage::MakePrivate(1);
  Heartbeat heartbeat(page, 0);
  heartbeat.Enter(RankPhase::kStepping);
  EXPECT_EQ(heartbeat.Sign().phase, RankPhase::kStepping);
  heartbeat.ExchangeBegins();
  EXPECT_EQ(heartbeat.Sign().phase, RankPhase::kExchanging);
  heartbeat.ExchangeEnds();
  EXPECT_EQ(heartbeat.Sign().phase, RankPhase::kStepping);
}

TEST(HeartbeatPageTest, IsPrivateWithoutASupervisorOfThisHost) {
  EXPECT_FALSE(HeartbeatPage::OfRank(5).supervisor().has_value());
  const HeartbeatPage page = HeartbeatPage::MakeShared(1);
  const std::string path = page.address().substr(page.address().find(' '));
  for (const std::string& address :
       {"another-host" + path, ThisProcess().host + " /proc/self/exe",
        ThisProcess().host + " /proc/1/fd/1000000", std::string("nothing"), std::string()}) {
    const InSupervision supervision(address);
    EXPECT_FALSE(HeartbeatPage::OfRank(0).supervisor().has_value()) << address;
  }
  const InSupervision supervision(page.address());
  EXPECT_TRUE(HeartbeatPage::OfRank(0).supervisor().has_value());
  EXPECT_FALSE(HeartbeatPage::OfRank(1).supervisor().has_value()) << "it has no slot for that rank";
}

}  // namespace
}  // namespace lockstep
