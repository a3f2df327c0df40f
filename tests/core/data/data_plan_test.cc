#include "core/data/data_plan.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/errors.h"

namespace lockstep {
namespace {

// 103 records in batches of 12: no epoch ends where a batch does.
DataPlanOptions OddOptions() { return {7, 103, 12, 3, true}; }

TEST(DataPlanTest, SeesEveryRecordOnceInEveryEpoch) {
  const DataPlan plan(OddOptions());
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    std::vector<int> seen(103);
    for (std::uint64_t position = 0; position < 103; ++position) {
      ++seen[static_cast<std::size_t>(plan.RecordOf(epoch * 103 + position))];
    }
    EXPECT_EQ(seen, std::vector<int>(103, 1));
  }
}

TEST(DataPlanTest, StepsAndShardsCoverTheStreamWithoutHoles) {
  const DataPlan plan(OddOptions());
  EXPECT_EQ(plan.shard_size(), 4);
  std::uint64_t expected = 0;
  for (std::uint64_t step = 0; step < 20; ++step) {
    EXPECT_EQ(plan.SamplesAfter(step), expected);
    for (int shard = 0; shard < 3; ++shard) {
      EXPECT_EQ(plan.FirstSample(step, shard), expected);
      expected += 4;
    }
  }
}

TEST(DataPlanTest, ShufflesDifferentlyEveryEpochAndSeed) {
  const DataPlan plan(OddOptions());
  DataPlanOptions other = OddOptions();
  other.seed = 8;
  const DataPlan reseeded(other);
  int same_epoch = 0;
  int same_seed = 0;
  for (std::uint64_t n = 0; n < 103; ++n) {
    same_epoch += plan.RecordOf(n) == plan.RecordOf(n + 103) ? 1 : 0;
    same_seed += plan.RecordOf(n) == reseeded.RecordOf(n) ? 1 : 0;
  }
  EXPECT_LT(same_epoch, 10);
  EXPECT_LT(same_seed, 10);
}

TEST(DataPlanTest, KeepsTheOrderOfRecordsWithoutShuffling) {
  DataPlanOptions options = OddOptions();
  options.shuffle = false;
  const DataPlan plan(options);
  EXPECT_EQ(plan.RecordOf(0), 0);
  EXPECT_EQ(plan.RecordOf(102), 102);
  EXPECT_EQ(plan.RecordOf(103), 0);
  EXPECT_EQ(plan.RecordOf(1030 + 17), 17);
}

// Shards are a way to compute a batch, not a part of its contents.
TEST(DataPlanTest, DoesNotDependOnShards) {
  DataPlanOptions options = OddOptions();
  options.shards = 12;
  const DataPlan plan(OddOptions());
  const DataPlan cut_finer(options);
  for (std::uint64_t n = 0; n < 300; ++n) EXPECT_EQ(plan.RecordOf(n), cut_finer.RecordOf(n));
}

TEST(DataPlanTest, RoundsLengthsUpToWholeSteps) {
  const DataPlan plan({1, 10, 4, 1, true});
  EXPECT_EQ(plan.StepsForEpochs(1), 3);
  EXPECT_EQ(plan.StepsForEpochs(2), 5);
  EXPECT_EQ(plan.StepsForEpochs(0.8), 2);
  EXPECT_EQ(plan.StepsForEpochs(0.81), 3);
  EXPECT_EQ(plan.StepsForSamples(8), 2);
  EXPECT_EQ(plan.StepsForSamples(9), 3);
  // 0.7 * 10 is a little more than 7 in binary.
  EXPECT_EQ(DataPlan({1, 10, 7, 1, true}).StepsForEpochs(0.7), 1);
}

TEST(DataPlanTest, RefusesBatchesThatCannotBeCut) {
  EXPECT_THROW(DataPlan({1, 10, 4, 3, true}), ConfigError);
  EXPECT_THROW(DataPlan({1, 10, 0, 1, true}), ConfigError);
  EXPECT_THROW(DataPlan({1, 0, 4, 1, true}), ConfigError);
  EXPECT_THROW(DataPlan({1, 10, 4, 0, true}), ConfigError);
}

TEST(DataPlanTest, RefusesLengthsThatAreNone) {
  const DataPlan plan({1, 10, 4, 1, true});
  EXPECT_THROW(plan.StepsForEpochs(0), ConfigError);
  EXPECT_THROW(plan.StepsForEpochs(-1), ConfigError);
  EXPECT_THROW(plan.StepsForEpochs(std::numeric_limits<double>::infinity()), ConfigError);
  EXPECT_THROW(plan.StepsForEpochs(std::numeric_limits<double>::quiet_NaN()), ConfigError);
}

}  // namespace
}  // namespace lockstep
