#include "core/data/evaluation_batches.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/data/stage_buffer.h"
#include "core/device/step_input.h"
#include "core/errors.h"
#include "tests/core/data/counted_dataset.h"
#include "tests/core/host_memory_backend.h"

namespace lockstep {
namespace {

TEST(EvaluationBatchesTest, CountsEachRecordOnce) {
  const MemoryDataset dataset = CountedDataset(10);
  const EvaluationBatches batches(dataset, 4);
  HostMemoryBackend backend;
  const StageBuffer buffer(backend, {{0, 1}, 4, dataset.image_shape()}, 0);
  const Shard& shard = buffer.stage().shards[0];
  ASSERT_EQ(batches.count(), 3);
  std::vector<int> seen(10);
  for (std::int64_t b = 0; b < 3; ++b) {
    batches.Fill(b, shard);
    for (std::size_t i = 0; i < 4; ++i) {
      if (shard.sample_weights.As<float>()[i] == 0) continue;
      EXPECT_EQ(shard.images.As<std::uint8_t>()[6 * i], shard.labels.As<std::int32_t>()[i]);
      ++seen[static_cast<std::size_t>(shard.labels.As<std::int32_t>()[i])];
    }
  }
  EXPECT_EQ(seen, std::vector<int>(10, 1));
}

TEST(EvaluationBatchesTest, PadsTheLastBatchWithWeightZero) {
  const MemoryDataset dataset = CountedDataset(10);
  const EvaluationBatches batches(dataset, 4);
  HostMemoryBackend backend;
  const StageBuffer buffer(backend, {{0, 1}, 4, dataset.image_shape()}, 0);
  const Shard& shard = buffer.stage().shards[0];
  batches.Fill(2, shard);
  const auto weights = shard.sample_weights.As<float>();
  EXPECT_EQ(std::vector<float>(weights.begin(), weights.end()), (std::vector<float>{1, 1, 0, 0}));
  const auto labels = shard.labels.As<std::int32_t>();
  EXPECT_EQ(std::vector<std::int32_t>(labels.begin(), labels.end()),
            (std::vector<std::int32_t>{8, 9, 8, 8}));
  StepInput input;
  std::memcpy(&input, shard.step_input.data(), sizeof(input));
  EXPECT_EQ(input.first_sample, 8U);
  EXPECT_EQ(batches.RecordsIn(2), 2);
}

TEST(EvaluationBatchesTest, FillsOneBatchThatIsLargerThanTheData) {
  const MemoryDataset dataset = CountedDataset(3);
  const EvaluationBatches batches(dataset, 8);
  EXPECT_EQ(batches.count(), 1);
  EXPECT_EQ(batches.RecordsIn(0), 3);
  EXPECT_EQ(EvaluationBatches(dataset, 3).count(), 1);
  EXPECT_THROW(EvaluationBatches(dataset, 0), ConfigError);
}

}  // namespace
}  // namespace lockstep
