#include "core/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/device/step_input.h"
#include "core/errors.h"
#include "tests/core/allocation_count.h"
#include "tests/core/data/counted_dataset.h"
#include "tests/core/host_memory_backend.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// 103 records in batches of 12: no epoch ends where a batch does.
constexpr int kRecords = 103;
DataPlan OddPlan() { return DataPlan({7, kRecords, 12, 3, true}); }

template <typename T>
std::vector<T> Values(const Tensor& tensor) {
  const auto values = tensor.As<T>();
  return {values.begin(), values.end()};
}

StepInput StepInputOf(const Shard& shard) {
  StepInput input;
  std::memcpy(&input, shard.step_input.data(), sizeof(input));
  return input;
}

/// All bytes of a stage.
std::string BytesOf(const Stage& stage) {
  std::string bytes;
  for (const Shard& shard : stage.shards) {
    bytes += std::to_string(shard.position) + ":";
    for (const Tensor& tensor :
         {shard.images, shard.labels, shard.sample_weights, shard.step_input}) {
      bytes.append(static_cast<const char*>(tensor.data()), tensor.bytes());
    }
  }
  return bytes;
}

/// The bytes of the stages of steps [first_step, last_step).
std::vector<std::string> Load(const Dataset& dataset, const LoaderOptions& options,
                              std::uint64_t last_step) {
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend, options);
  std::vector<std::string> stages;
  for (std::uint64_t step = options.first_step; step < last_step; ++step) {
    stages.push_back(BytesOf(loader.Next()));
  }
  return stages;
}

/// Fails to read some records with an error of the caller's choice.
class FailingDataset : public MemoryDataset {
 public:
  using Failure = std::function<void(std::int64_t)>;
  explicit FailingDataset(Failure failure)
      : MemoryDataset(CountedDataset(kRecords)), failure_(std::move(failure)) {}

  std::int32_t Read(std::int64_t record, std::span<std::uint8_t> pixels) const override {
    std::ranges::fill(pixels, std::uint8_t{255});
    failure_(record);
    return MemoryDataset::Read(record, pixels);
  }

 private:
  Failure failure_;
};

FailingDataset WithBadRecords(const std::set<std::int64_t>& bad) {
  return FailingDataset([bad](std::int64_t record) {
    if (bad.contains(record)) throw DataError("record " + std::to_string(record) + " is bad");
  });
}

TEST(LoaderTest, FillsShardsWithTheRecordsOfThePlan) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  const DataPlan plan = OddPlan();
  HostMemoryBackend backend;
  Loader loader(dataset, plan, backend, {.shards = {1, 3}});
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Stage& stage = loader.Next();
    ASSERT_EQ(stage.shards.size(), 2U);
    for (const Shard& shard : stage.shards) {
      EXPECT_EQ(shard.images.shape(), (Shape{4, 3, 2, 1}));
      const std::uint64_t first = plan.FirstSample(step, shard.position);
      EXPECT_EQ(StepInputOf(shard).first_sample, first);
      EXPECT_EQ(StepInputOf(shard).loss_scale, 1);
      for (std::size_t i = 0; i < 4; ++i) {
        const std::int64_t record = plan.RecordOf(first + i);
        EXPECT_EQ(Values<std::uint8_t>(shard.images)[6 * i], record);
        EXPECT_EQ(Values<std::int32_t>(shard.labels)[i], record % 10);
        EXPECT_EQ(Values<float>(shard.sample_weights)[i], 1);
      }
    }
  }
}

TEST(LoaderTest, WritesTheSameBytesWithAnyNumberOfThreads) {
  const FailingDataset dataset = WithBadRecords({3, 50, 51, 52});
  LoaderOptions options = {.shards = {0, 3}, .bad_records = {DataConfig::SKIP, 10}};
  const auto one_thread = Load(dataset, options, 30);
  for (const int threads : {2, 4, 13}) {
    options.threads = threads;
    EXPECT_EQ(Load(dataset, options, 30), one_thread);
  }
}

TEST(LoaderTest, ResumesAtAnyStepWithTheSameStages) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  const auto whole = Load(dataset, {.shards = {0, 3}, .threads = 2}, 25);
  for (const std::uint64_t step : {1, 2, 9, 24}) {
    const auto rest = Load(dataset, {.shards = {0, 3}, .threads = 2, .first_step = step}, 25);
    EXPECT_EQ(rest, std::vector<std::string>(whole.begin() + static_cast<int>(step), whole.end()));
  }
}

TEST(LoaderTest, GivesShardsTheSameBytesOnAnyNumberOfRanks) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  const auto one_rank = Load(dataset, {.shards = {0, 3}}, 20);
  const auto first = Load(dataset, {.shards = {0, 1}}, 20);
  const auto second = Load(dataset, {.shards = {1, 3}}, 20);
  for (std::size_t step = 0; step < 20; ++step)
    EXPECT_EQ(first[step] + second[step], one_rank[step]);
}

TEST(LoaderTest, FillsTwoFixedStagesInTurn) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend, {.shards = {0, 3}});
  const auto stages = loader.stages();
  for (std::size_t step = 0; step < 6; ++step) {
    const Stage& stage = loader.Next();
    EXPECT_EQ(&stage, stages[step % 2]);
    EXPECT_EQ(stage.index, static_cast<int>(step % 2));
  }
}

// A stage that is handed out stays as it is while the workers go on: they may fill the other one
// only.
TEST(LoaderTest, LeavesTheStageThatIsHandedOutAlone) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend, {.shards = {0, 3}, .threads = 4});
  const Stage& stage = loader.Next();
  const std::string bytes = BytesOf(stage);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(BytesOf(stage), bytes);
}

TEST(LoaderTest, GivesASkippedRecordWeightZeroAndItsShardsFirstGoodSample) {
  DataPlanOptions in_order = {1, kRecords, 8, 2, false};
  const FailingDataset dataset = WithBadRecords({0, 2, 4, 5, 6, 7});
  HostMemoryBackend backend;
  Loader loader(dataset, DataPlan(in_order), backend,
                {.shards = {0, 2}, .threads = 3, .bad_records = {DataConfig::SKIP, 6}});
  const Stage& stage = loader.Next();
  const Shard& some_good = stage.shards[0];
  EXPECT_THAT(Values<float>(some_good.sample_weights), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(Values<std::int32_t>(some_good.labels), ElementsAre(1, 1, 1, 3));
  EXPECT_EQ(Values<std::uint8_t>(some_good.images)[0], 1);
  EXPECT_EQ(Values<std::uint8_t>(some_good.images)[12], 1);
  const Shard& none_good = stage.shards[1];
  EXPECT_THAT(Values<float>(none_good.sample_weights), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(Values<std::uint8_t>(none_good.images), std::vector<std::uint8_t>(24, 0));
  EXPECT_EQ(loader.TakeBadRecordReasons().size(), 6U);
}

TEST(LoaderTest, RethrowsWhatAWorkerThrew) {
  const FailingDataset dataset = WithBadRecords({OddPlan().RecordOf(25)});
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend, {.shards = {0, 3}, .threads = 4});
  loader.Next();
  loader.Next();
  EXPECT_THAT(ThrownMessage<DataError>([&] { loader.Next(); }), HasSubstr("is bad"));
  EXPECT_THROW(loader.Next(), DataError);
}

TEST(LoaderTest, NeverSkipsWhatTheSystemFailedToRead) {
  const FailingDataset dataset([](std::int64_t) { throw IoError("read: input/output error"); });
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend,
                {.shards = {0, 3}, .bad_records = {DataConfig::SKIP, 1000}});
  EXPECT_THROW(loader.Next(), IoError);
}

TEST(LoaderTest, StopsAtTheLimitOfBadRecords) {
  const FailingDataset dataset = WithBadRecords({1, 2, 3});
  EXPECT_NO_THROW(Load(dataset, {.shards = {0, 3}, .bad_records = {DataConfig::SKIP, 3}}, 30));
  EXPECT_THROW(Load(dataset, {.shards = {0, 3}, .bad_records = {DataConfig::SKIP, 2}}, 30),
               DataError);
}

TEST(LoaderTest, EndsAtOnceWhereNothingWasTaken) {
  std::atomic<int> reads = 0;
  const FailingDataset dataset([&](std::int64_t) { ++reads; });
  HostMemoryBackend backend;
  for (int i = 0; i < 50; ++i) {
    reads = 0;
    { const Loader loader(dataset, OddPlan(), backend, {.shards = {0, 3}, .threads = 4}); }
    EXPECT_LE(reads, 2 * OddPlan().batch()) << "there are two stages to fill";
  }
}

TEST(LoaderTest, AllocatesNothingOnceItIsMade) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  HostMemoryBackend backend;
  const std::uint64_t before_loader = AllocationCount();
  Loader loader(dataset, OddPlan(), backend, {.shards = {0, 3}, .threads = 4});
  EXPECT_GT(AllocationCount(), before_loader) << "nothing is counted";
  loader.Next();  // All threads have started.
  const std::uint64_t before_steps = AllocationCount();
  for (int step = 0; step < 100; ++step) loader.Next();
  EXPECT_EQ(AllocationCount(), before_steps);
}

TEST(LoaderTest, RefusesToWorkWithoutThreads) {
  const MemoryDataset dataset = CountedDataset(kRecords);
  HostMemoryBackend backend;
  EXPECT_THROW(Loader(dataset, OddPlan(), backend, {.shards = {0, 3}, .threads = 0}), ConfigError);
}

}  // namespace
}  // namespace lockstep
