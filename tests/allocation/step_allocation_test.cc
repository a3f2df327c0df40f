// A training step in its stride allocates nothing of ours and nothing large, and the heap does not
// grow.

#include <gtest/gtest.h>

#include <barrier>
#include <string>
#include <vector>

#include "comm/communicators.h"
#include "tests/allocation/allocation_record.h"
#include "tests/launcher/lenet_training.h"

namespace lockstep {
namespace {

constexpr int kWarmUpSteps = 10;
constexpr int kSteps = 100;
constexpr std::int64_t kLargest = 4096;

/// Longer than what a string keeps within itself.
std::string LongText() { return std::string(1000, 'x'); }

TEST(AllocationRecordTest, CountsWhatThisProgramAllocates) {
  StartRecording();
  const std::vector<int> numbers(3, 1);
  const AllocationRecord record = StopRecording();
  EXPECT_EQ(record.by_us, 1);
  EXPECT_EQ(record.by_others, 0);
  EXPECT_EQ(record.largest, std::ssize(numbers) * std::int64_t{sizeof(int)});
  EXPECT_GE(record.growth, 12);
  EXPECT_NE(record.places, "");
}

TEST(AllocationRecordTest, CountsWhatTheStandardLibraryAllocatesForIt) {
  StartRecording();
  const std::string text = LongText();
  const AllocationRecord record = StopRecording();
  EXPECT_EQ(record.by_us, 1);
  EXPECT_EQ(record.largest, std::ssize(text) + 1);
}

TEST(AllocationRecordTest, SeesWhatIsFreed) {
  StartRecording();
  { const std::vector<char> bytes(8192); }
  const AllocationRecord record = StopRecording();
  EXPECT_EQ(record.largest, 8192);
  EXPECT_EQ(record.growth, 0);
}

/// What all ranks together allocate in kSteps steps, on rank 0. Called by every rank.
AllocationRecord RecordSteps(Communicator& communicator, Job& job, std::barrier<>& all) {
  for (int step = 0; step < kWarmUpSteps; ++step) job.trainer().RunStep({});
  const bool leads = communicator.rank() == 0;
  all.arrive_and_wait();
  if (leads) StartRecording();
  all.arrive_and_wait();
  bool finite = true;
  for (int step = 0; step < kSteps; ++step) finite = job.trainer().RunStep({}).finite && finite;
  all.arrive_and_wait();
  const AllocationRecord record = leads ? StopRecording() : AllocationRecord();
  all.arrive_and_wait();
  EXPECT_TRUE(finite);
  return record;
}

void ExpectNothingOfOurs(const AllocationRecord& record) {
  EXPECT_EQ(record.by_us, 0) << record.places;
  EXPECT_LE(record.largest, kLargest);
  EXPECT_EQ(record.growth, 0);
  testing::Test::RecordProperty("allocations_of_others", static_cast<int>(record.by_others));
}

/// Little work a step: what a step allocates does not depend on it.
Config SmallTraining() {
  Config config = LeNetTraining();
  config.set_batch(8);
  config.set_shards(4);
  return config;
}

/// A job of LeNet in its place of the group, ready to step.
std::unique_ptr<Job> StartedJob(const Config& config, Communicator& communicator) {
  auto job = std::make_unique<Job>(config, NoiseData(), communicator);
  job->replica().InitializeWeights();
  job->StartAt(0);
  return job;
}

TEST(StepAllocationTest, OneRankAllocatesNothing) {
  const auto communicator = MakeSelfCommunicator();
  const auto job = StartedJob(SmallTraining(), *communicator);
  std::barrier<> all(1);
  ExpectNothingOfOurs(RecordSteps(*communicator, *job, all));
}

/// Who adds the gradients, and whether they are looked at before the update.
struct RanksCase {
  Reduction::Type reduction = Reduction::EXACT;
  DivergencePolicy::Type on_divergence = DivergencePolicy::STOP;
  OptimizerConfig::Type optimizer = OptimizerConfig::SGD;
};

class StepAllocationOfRanksTest : public testing::TestWithParam<RanksCase> {};

TEST_P(StepAllocationOfRanksTest, TwoRanksAllocateNothing) {
  Config config = SmallTraining();
  config.set_reduction(GetParam().reduction);
  config.set_on_divergence(GetParam().on_divergence);
  config.mutable_optimizer()->set_type(GetParam().optimizer);
  config.mutable_optimizer()->set_learning_rate(0.001);
  constexpr int kRanks = 2;
  std::barrier<> all(kRanks);
  AllocationRecord record;
  RunAsThreads(kRanks, [&](Communicator& communicator) {
    const auto job = StartedJob(config, communicator);
    const AllocationRecord recorded = RecordSteps(communicator, *job, all);
    if (communicator.rank() == 0) record = recorded;
  });
  ExpectNothingOfOurs(record);
}

INSTANTIATE_TEST_SUITE_P(Reductions, StepAllocationOfRanksTest,
                         testing::Values(RanksCase(), RanksCase{.reduction = Reduction::FAST},
                                         RanksCase{.on_divergence = DivergencePolicy::IGNORE},
                                         RanksCase{.optimizer = OptimizerConfig::ADAMW}),
                         [](const auto& ranks) {
                           return Reduction::Type_Name(ranks.param.reduction) +
                                  DivergencePolicy::Type_Name(ranks.param.on_divergence) +
                                  OptimizerConfig::Type_Name(ranks.param.optimizer);
                         });

}  // namespace
}  // namespace lockstep
