#include "core/optimizer/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/errors.h"

namespace lockstep {
namespace {

constexpr ScheduleSpan kTenEpochs = {1000, 10000};

ScheduleConfig Config(ScheduleConfig::Type type) {
  ScheduleConfig config;
  config.set_type(type);
  return config;
}

TEST(ScheduleTest, KeepsAConstantRate) {
  const Schedule schedule(Config(ScheduleConfig::CONSTANT), 0.3, kTenEpochs);
  for (const std::uint64_t samples : {0, 1, 5000, 9999, 10000, 20000}) {
    EXPECT_EQ(schedule.RateAt(samples), 0.3F);
  }
}

TEST(ScheduleTest, StepsDownWhenTheMilestonesEpochBegins) {
  ScheduleConfig config = Config(ScheduleConfig::STEP);
  config.add_milestone_epochs(3);
  config.add_milestone_epochs(4.5);
  const Schedule schedule(config, 0.8, kTenEpochs);
  EXPECT_EQ(schedule.RateAt(2999), 0.8F);
  EXPECT_FLOAT_EQ(schedule.RateAt(3000), 0.08F);
  EXPECT_FLOAT_EQ(schedule.RateAt(4499), 0.08F);
  EXPECT_FLOAT_EQ(schedule.RateAt(4500), 0.008F);
}

TEST(ScheduleTest, FollowsHalfACosine) {
  ScheduleConfig config = Config(ScheduleConfig::COSINE);
  config.set_final_rate(0.1);
  const Schedule schedule(config, 0.5, kTenEpochs);
  EXPECT_FLOAT_EQ(schedule.RateAt(0), 0.5F);
  EXPECT_FLOAT_EQ(schedule.RateAt(2500), static_cast<float>(0.1 + 0.4 * (1 + std::sqrt(0.5)) / 2));
  EXPECT_FLOAT_EQ(schedule.RateAt(5000), 0.3F);
  EXPECT_FLOAT_EQ(schedule.RateAt(10000), 0.1F);
  EXPECT_FLOAT_EQ(schedule.RateAt(20000), 0.1F);
}

TEST(ScheduleTest, FollowsALine) {
  const Schedule schedule(Config(ScheduleConfig::LINEAR), 0.5, kTenEpochs);
  EXPECT_FLOAT_EQ(schedule.RateAt(2500), 0.375F);
  EXPECT_FLOAT_EQ(schedule.RateAt(10000), 0.0F);
}

TEST(ScheduleTest, FollowsAPolynomial) {
  ScheduleConfig config = Config(ScheduleConfig::POLYNOMIAL);
  config.set_power(2);
  const Schedule schedule(config, 0.5, kTenEpochs);
  EXPECT_FLOAT_EQ(schedule.RateAt(5000), 0.125F);
}

TEST(ScheduleTest, WarmsUpBeforeItDecays) {
  ScheduleConfig config = Config(ScheduleConfig::LINEAR);
  config.set_warmup(2);
  config.set_warmup_start(0.1);
  const Schedule schedule(config, 1.0, kTenEpochs);
  EXPECT_FLOAT_EQ(schedule.RateAt(0), 0.1F);
  EXPECT_FLOAT_EQ(schedule.RateAt(1000), 0.55F);
  EXPECT_FLOAT_EQ(schedule.RateAt(2000), 1.0F);
  EXPECT_FLOAT_EQ(schedule.RateAt(6000), 0.5F);
  EXPECT_FLOAT_EQ(schedule.RateAt(10000), 0.0F);
}

TEST(ScheduleTest, StandsAWarmUpAsLongAsTheRun) {
  ScheduleConfig config = Config(ScheduleConfig::COSINE);
  config.set_warmup(10);
  const Schedule schedule(config, 1.0, kTenEpochs);
  EXPECT_FLOAT_EQ(schedule.RateAt(5000), 0.5F);
  EXPECT_FLOAT_EQ(schedule.RateAt(10000), 0.0F);
}

TEST(ScheduleTest, RefusesSpansThatAreNone) {
  ScheduleConfig config;
  config.set_warmup(-1);
  EXPECT_THROW(Schedule(config, 0.1, kTenEpochs), ConfigError);
  config.set_warmup(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(Schedule(config, 0.1, kTenEpochs), ConfigError);
  config.set_warmup(0);
  config.add_milestone_epochs(std::numeric_limits<double>::infinity());
  EXPECT_THROW(Schedule(config, 0.1, kTenEpochs), ConfigError);
}

}  // namespace
}  // namespace lockstep
