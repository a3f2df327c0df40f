#include "launcher/rank_observer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "launcher/heartbeat.h"

namespace lockstep {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A process that lives until it is killed.
class LivingProcess {
 public:
  LivingProcess() : pid_(fork()) {
    while (pid_ == 0) pause();
  }
  ~LivingProcess() { Kill(); }
  LivingProcess(const LivingProcess&) = delete;
  LivingProcess& operator=(const LivingProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Stop() const {
    kill(pid_, SIGSTOP);
    waitpid(pid_, nullptr, WUNTRACED);
  }
  void Kill() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_;
};

/// A page of three ranks in their fourth step, each a process.
class RankObserverTest : public testing::Test {
 protected:
  RankObserverTest() {
    for (int rank = 0; rank < 3; ++rank) {
      Heartbeat heartbeat(page_, rank);
      heartbeat.Enter(RankPhase::kStepping);
      heartbeat.StepIsDone(3);
      page_.slot(rank).pid = processes_[rank].pid();
    }
  }

  /// As after `time` without any progress of this rank.
  void MakeIdle(int rank, std::chrono::nanoseconds time) { page_.slot(rank).time -= time.count(); }

  LivingProcess processes_[3];
  HeartbeatPage page_ = HeartbeatPage::MakePrivate(3);
  RankObserver observer_{page_, hours(1)};
};

TEST_F(RankObserverTest, SeesNothingWhereAllIsWell) {
  EXPECT_FALSE(observer_.Look().has_value());
  EXPECT_TRUE(observer_.AllPresent());
  const HeartbeatPage empty = HeartbeatPage::MakePrivate(1);
  EXPECT_TRUE(RankObserver(empty, hours(1)).NonePresent());
  EXPECT_FALSE(RankObserver(empty, hours(1)).AllPresent());
}

TEST_F(RankObserverTest, NamesTheRankWhoseProcessIsGone) {
  processes_[1].Kill();
  const auto trouble = observer_.Look();
  ASSERT_TRUE(trouble.has_value());
  EXPECT_EQ(trouble->kind, RankTrouble::Kind::kDied);
  EXPECT_EQ(trouble->rank.rank, 1);
  EXPECT_EQ(trouble->rank.step, 3);
}

TEST_F(RankObserverTest, ADeathThatWasAnnouncedIsNone) {
  Heartbeat(page_, 1).RecordEnd(ExitCode::kDone);
  page_.slot(1).pid = processes_[1].pid();
  processes_[1].Kill();
  EXPECT_FALSE(observer_.Look().has_value());
}

TEST_F(RankObserverTest, BlamesADeathForTheFailureThatFollows) {
  page_.RecordFailure({0, 69});
  processes_[1].Kill();
  EXPECT_EQ(observer_.Look()->rank.rank, 1);
  EXPECT_EQ(observer_.Look()->kind, RankTrouble::Kind::kDied);
}

TEST_F(RankObserverTest, PassesOnHowARankFailed) {
  page_.RecordFailure({2, 86});
  const auto trouble = observer_.Look();
  ASSERT_TRUE(trouble.has_value());
  EXPECT_EQ(trouble->kind, RankTrouble::Kind::kFailed);
  EXPECT_EQ(trouble->rank.rank, 2);
  EXPECT_EQ(trouble->exit_code, 86);
}

TEST_F(RankObserverTest, OfAHangBlamesTheRankThatTheOthersWaitFor) {
  page_.slot(0).begun = 9;
  page_.slot(1).begun = 8;
  page_.slot(2).begun = 9;
  MakeIdle(0, hours(2));
  EXPECT_EQ(observer_.Look()->kind, RankTrouble::Kind::kHangs);
  EXPECT_EQ(observer_.Look()->rank.rank, 1);
}

TEST_F(RankObserverTest, OfAHangBlamesAStoppedProcessFirst) {
  page_.slot(0).begun = 9;
  page_.slot(1).begun = 8;
  page_.slot(2).begun = 9;
  processes_[2].Stop();
  page_.RecordFailure({0, 87});
  EXPECT_EQ(observer_.Look()->kind, RankTrouble::Kind::kHangs);
  EXPECT_EQ(observer_.Look()->rank.rank, 2);
}

TEST_F(RankObserverTest, OfAHangBlamesTheProcessThatWasStoppedBeforeItWasTold) {
  MakeIdle(0, std::chrono::minutes(40));
  processes_[2].Stop();
  EXPECT_FALSE(observer_.Look().has_value()) << "no hang yet";
  kill(processes_[2].pid(), SIGCONT);
  page_.RecordFailure({0, 87});
  EXPECT_EQ(observer_.Look()->rank.rank, 2);
}

TEST_F(RankObserverTest, ForgetsASuspicionOnceAllGoOn) {
  MakeIdle(0, std::chrono::minutes(40));
  processes_[2].Stop();
  EXPECT_FALSE(observer_.Look().has_value());
  kill(processes_[2].pid(), SIGCONT);
  waitpid(processes_[2].pid(), nullptr, WCONTINUED);
  MakeIdle(0, -std::chrono::minutes(40));
  EXPECT_FALSE(observer_.Look().has_value());
  page_.slot(1).step = 2;
  page_.RecordFailure({0, 87});
  EXPECT_EQ(observer_.Look()->rank.rank, 1);
}

TEST_F(RankObserverTest, ToldNeverItSeesNoHang) {
  MakeIdle(0, hours(2));
  EXPECT_FALSE(RankObserver(page_, seconds(0)).Look().has_value());
}

}  // namespace
}  // namespace lockstep
