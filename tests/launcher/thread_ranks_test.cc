// The promise of the whole on threads as ranks: loader, model, reducer and update, over the real
// CPU back end. Each control breaks one of the rules that the promise rests on.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicators.h"
#include "core/data/stage_source.h"
#include "core/device/step_input.h"
#include "core/optimizer/schedule.h"
#include "onednn_ops/onednn_backend.h"
#include "tests/launcher/lenet_training.h"
#include "tests/launcher/weights_hash.h"

namespace lockstep {
namespace {

constexpr int kSteps = 5;

/// Hands out the stages of a loader with other numbers for their samples, by which ops draw.
class RenumberedStages : public StageSource {
 public:
  RenumberedStages(StageSource& source, std::uint64_t added) : source_(source), added_(added) {}

  const Stage& Next() override {
    const Stage& stage = source_.Next();
    for (const Shard& shard : stage.shards) {
      static_cast<StepInput*>(shard.step_input.data())->first_sample += added_;
    }
    return stage;
  }

 private:
  StageSource& source_;
  std::uint64_t added_;
};

/// What draws are keyed by besides the seed.
enum class DrawKey { kSample, kSampleAndRank };

/// The hash that all ranks agree on after kSteps steps.
std::string TrainOnThreads(int ranks, const Config& config, DrawKey key = DrawKey::kSample) {
  std::vector<std::string> hashes(static_cast<std::size_t>(ranks));
  RunAsThreads(ranks, [&](Communicator& communicator) {
    const auto rank = static_cast<std::uint64_t>(communicator.rank());
    Job job(config, NoiseData(), communicator);
    Replica& replica = job.replica();
    replica.InitializeWeights();
    job.StartAt(0);
    RenumberedStages stages(job.loader(), key == DrawKey::kSample ? 0 : rank);
    const Schedule schedule(config.schedule(), config.optimizer().learning_rate(),
                            {job.data().train->size(), job.length().samples});
    Trainer trainer(
        {job.backend(), stages, replica.model(), replica.reducer(), schedule, config.batch()}, 0);
    for (int step = 0; step < kSteps; ++step) EXPECT_TRUE(trainer.RunStep({}).finite);
    hashes[rank] = WeightsHash(replica);
  });
  for (const std::string& hash : hashes) EXPECT_EQ(hash, hashes.front()) << "of " << ranks;
  return hashes.front();
}

TEST(ThreadRanksTest, OneHashOnAnyNumberOfRanks) {
  const std::string expected = TrainOnThreads(1, LeNetTraining());
  for (int ranks : {2, 3, 4}) {
    EXPECT_EQ(TrainOnThreads(ranks, LeNetTraining()), expected) << ranks << " ranks";
  }
}

/// AdamW whose gradients are all scaled down.
Config ClippedAdamW() {
  Config config = LeNetTraining();
  config.mutable_optimizer()->set_type(OptimizerConfig::ADAMW);
  config.mutable_optimizer()->clear_momentum();
  config.mutable_optimizer()->set_learning_rate(0.001);
  config.mutable_optimizer()->set_weight_decay(0.01);
  config.mutable_optimizer()->set_clip_norm(0.01);
  return config;
}

TEST(ThreadRanksTest, ClippedAdamWGivesOneHashOnAnyNumberOfRanks) {
  const std::string expected = TrainOnThreads(1, ClippedAdamW());
  for (int ranks : {2, 3, 4}) {
    EXPECT_EQ(TrainOnThreads(ranks, ClippedAdamW()), expected) << ranks << " ranks";
  }
  Config unclipped = ClippedAdamW();
  unclipped.mutable_optimizer()->clear_clip_norm();
  EXPECT_NE(TrainOnThreads(1, unclipped), expected);
}

TEST(ThreadRanksTest, In16BitsThereIsOneHashOnAnyNumberOfRanksToo) {
  for (Config config : {LeNetTraining(), ClippedAdamW()}) {
    const std::string exact = TrainOnThreads(1, config);
    config.set_precision(Precision::BF16);
    const std::string expected = TrainOnThreads(1, config);
    EXPECT_NE(expected, exact);
    for (int ranks : {2, 3, 4}) EXPECT_EQ(TrainOnThreads(ranks, config), expected) << ranks;
  }
}

TEST(ThreadRanksTest, ACheckForDivergenceChangesNoBit) {
  Config unchecked = LeNetTraining();
  unchecked.set_on_divergence(DivergencePolicy::IGNORE);
  EXPECT_EQ(TrainOnThreads(2, unchecked), TrainOnThreads(1, LeNetTraining()));
}

TEST(ThreadRanksTest, BucketsOfAnotherSizeGiveTheSameHash) {
  Config config = LeNetTraining();
  config.set_bucket_kib(4);
  EXPECT_EQ(TrainOnThreads(3, config), TrainOnThreads(1, LeNetTraining()));
}

TEST(ThreadRanksTest, ASumThatDependsOnTheRanksGivesOtherHashes) {
  Config config = LeNetTraining();
  config.set_reduction(Reduction::FAST);
  EXPECT_NE(TrainOnThreads(2, config), TrainOnThreads(1, config));
  EXPECT_NE(TrainOnThreads(3, config), TrainOnThreads(1, config));
}

TEST(ThreadRanksTest, ADrawKeyedByTheRankGivesAnotherHash) {
  const Config config = LeNetTraining();
  const std::string expected = TrainOnThreads(1, config);
  EXPECT_NE(TrainOnThreads(2, config, DrawKey::kSampleAndRank), expected);
  EXPECT_NE(TrainOnThreads(3, config, DrawKey::kSampleAndRank), expected);
}

TEST(ThreadRanksTest, WithoutADrawItsKeyDecidesNothing) {
  Config config = LeNetTraining();
  config.mutable_model()->set_dropout(0);
  EXPECT_EQ(TrainOnThreads(2, config, DrawKey::kSampleAndRank), TrainOnThreads(1, config));
}

TEST(ThreadRanksTest, AnotherNumberOfThreadsGivesAnotherHash) {
  if (CoresInAffinityMask() < 2) GTEST_SKIP() << "2 threads need 2 cores";
  Config config = LeNetTraining();
  config.set_batch(8);
  config.set_shards(1);  // few calls: on a busy machine the two wait long for each other
  const std::string expected = TrainOnThreads(1, config);
  config.set_threads_per_rank(2);
  EXPECT_NE(TrainOnThreads(1, config), expected);
}

TEST(ThreadRanksTest, AnotherNumberOfShardsGivesAnotherHash) {
  Config config = LeNetTraining();
  config.set_shards(4);
  EXPECT_NE(TrainOnThreads(1, config), TrainOnThreads(1, LeNetTraining()));
}

}  // namespace
}  // namespace lockstep
