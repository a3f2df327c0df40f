// The promise of the whole on threads as ranks: loader, model, reducer and update, over the real
// CPU back end. Each control breaks one of the rules that the promise rests on.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "comm/communicators.h"
#include "core/digest/sha256.h"
#include "onednn_ops/onednn_backend.h"
#include "tests/launcher/lenet_training.h"

namespace lockstep {
namespace {

constexpr int kSteps = 5;

/// SHA-256 of the working weights without padding, which differs by the number of ranks.
std::string WeightsHash(const Replica& replica) {
  Sha256 digest;
  for (const ParameterPlace& place : replica.plan().parameters) {
    digest.Add(std::as_bytes(replica.working().Range(place.offset, place.elements).As<float>()));
  }
  return digest.Hex();
}

/// The hash that all ranks agree on after kSteps steps. `configs` has one for each rank; all start
/// from the weights of the first one's seed.
std::string TrainOnThreads(const std::vector<Config>& configs) {
  const int ranks = static_cast<int>(configs.size());
  std::vector<std::string> hashes(configs.size());
  RunAsThreads(ranks, [&](Communicator& communicator) {
    const auto rank = static_cast<std::size_t>(communicator.rank());
    Job job(configs[rank], NoiseData(), communicator);
    job.replica().InitializeWeights();
    job.communication().Run([&] { communicator.Broadcast(job.replica().working(), 0); });
    job.replica().state().LoadMasters(job.replica().working().As<float>());
    job.StartAt(0);
    for (int step = 0; step < kSteps; ++step) EXPECT_TRUE(job.trainer().RunStep({}).finite);
    hashes[rank] = WeightsHash(job.replica());
  });
  for (const std::string& hash : hashes) EXPECT_EQ(hash, hashes.front()) << "of " << ranks;
  return hashes.front();
}

std::string TrainOnThreads(int ranks, const Config& config) {
  return TrainOnThreads(std::vector<Config>(static_cast<std::size_t>(ranks), config));
}

TEST(ThreadRanksTest, OneHashOnAnyNumberOfRanks) {
  const std::string expected = TrainOnThreads(1, LeNetTraining());
  for (int ranks : {2, 3, 4}) {
    EXPECT_EQ(TrainOnThreads(ranks, LeNetTraining()), expected) << ranks << " ranks";
  }
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
  Config config = LeNetTraining();
  config.mutable_data()->set_shuffle(false);  // so that the seed decides dropout alone
  Config other_seed = config;
  other_seed.set_seed(config.seed() + 1);
  const std::string expected = TrainOnThreads(1, config);
  EXPECT_EQ(TrainOnThreads({config, config}), expected);
  EXPECT_NE(TrainOnThreads({config, other_seed}), expected);
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
