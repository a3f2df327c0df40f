#include "launcher/restart_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr int kKilled = 137;

TEST(RestartPolicyTest, DoesNotRepeatWhatWouldEndTheSameWay) {
  for (int code : {0, 2, 64, 65, 66, 70, 73, 74, 77, 78, 85, 86, 88}) {
    RestartPolicy policy({2, -1, std::nullopt});
    EXPECT_FALSE(policy.After({code, 0, 10}).restart) << code;
  }
  for (int code : {1, 69, 87, kKilled, 139}) {
    RestartPolicy policy({2, -1, std::nullopt});
    EXPECT_TRUE(policy.After({code, 0, 10}).restart) << code;
  }
}

TEST(RestartPolicyTest, GivesUpAfterThreeRestartsWithoutANewCheckpoint) {
  RestartPolicy policy({1, 50, std::nullopt});
  for (int restart = 0; restart < 3; ++restart) {
    EXPECT_TRUE(policy.After({kKilled, 0, 50}).restart) << restart;
  }
  const RestartDecision last = policy.After({kKilled, 0, 50});
  EXPECT_FALSE(last.restart);
  EXPECT_THAT(last.why, HasSubstr("3 restarts"));
  EXPECT_EQ(policy.restarts(), 3);
}

TEST(RestartPolicyTest, GoesOnAsLongAsThereAreNewCheckpoints) {
  RestartPolicy policy({1, -1, std::nullopt});
  for (int step = 0; step < 100; step += 10) {
    EXPECT_TRUE(policy.After({kKilled, 0, step}).restart);
    EXPECT_TRUE(policy.After({87, 0, step}).restart);
  }
}

TEST(RestartPolicyTest, KeepsToTheNumberThatItIsAllowed) {
  RestartPolicy none({1, -1, 0});
  EXPECT_FALSE(none.After({kKilled, 0, 10}).restart);
  RestartPolicy two({1, -1, 2});
  EXPECT_TRUE(two.After({kKilled, 0, 10}).restart);
  EXPECT_TRUE(two.After({kKilled, 0, 20}).restart);
  const RestartDecision last = two.After({kKilled, 0, 30});
  EXPECT_FALSE(last.restart);
  EXPECT_THAT(last.why, HasSubstr("--restarts 2"));
}

TEST(RestartPolicyTest, GoesOnWithoutARankThatFailsTwiceRunning) {
  RestartPolicy policy({3, -1, std::nullopt});
  EXPECT_EQ(policy.After({kKilled, 2, -1}).ranks, 3);
  const RestartDecision second = policy.After({kKilled, 2, -1});
  EXPECT_TRUE(second.restart);
  EXPECT_EQ(second.ranks, 2);
  EXPECT_THAT(second.why, HasSubstr("rank 2"));
  EXPECT_EQ(policy.After({kKilled, 1, 10}).ranks, 2) << "it stays away";
}

TEST(RestartPolicyTest, KeepsRanksThatFailInTurnOrWithProgressBetween) {
  RestartPolicy in_turn({2, -1, std::nullopt});
  EXPECT_EQ(in_turn.After({kKilled, 0, -1}).ranks, 2);
  EXPECT_EQ(in_turn.After({kKilled, 1, -1}).ranks, 2);
  RestartPolicy progress({2, -1, std::nullopt});
  EXPECT_EQ(progress.After({kKilled, 1, 10}).ranks, 2);
  EXPECT_EQ(progress.After({kKilled, 1, 20}).ranks, 2);
  RestartPolicy unknown({2, -1, std::nullopt});
  EXPECT_EQ(unknown.After({kKilled, std::nullopt, -1}).ranks, 2);
  EXPECT_EQ(unknown.After({kKilled, std::nullopt, -1}).ranks, 2);
}

TEST(RestartPolicyTest, KeepsTheLastRank) {
  RestartPolicy policy({1, -1, std::nullopt});
  EXPECT_EQ(policy.After({kKilled, 0, -1}).ranks, 1);
  EXPECT_EQ(policy.After({kKilled, 0, -1}).ranks, 1);
}

}  // namespace
}  // namespace lockstep
