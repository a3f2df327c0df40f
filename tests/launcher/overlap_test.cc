// The exchange of a bucket goes on beside the backward pass that computes the next one.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "comm/communicators.h"
#include "core/model/bucket_listener.h"
#include "launcher/make_backend.h"
#include "tests/launcher/lenet_training.h"

namespace lockstep {
namespace {

constexpr int kFirstBucket = 0;
constexpr std::chrono::seconds kGivenUp(60);  // for a failure to be told; no pass depends on it

/// What the communication thread has done with the first bucket.
class FirstExchange {
 public:
  void Observe(int bucket, ExchangePhase phase) {
    if (bucket != kFirstBucket || phase != ExchangePhase::kDone) return;
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  /// False where it is not done in time.
  bool Wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kGivenUp, [this] { return done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

/// Holds the backward pass of the rank's last shard behind its first bucket, until that bucket is
/// exchanged.
class HoldingListener : public BucketListener {
 public:
  HoldingListener(GradientReducer& reducer, FirstExchange& exchange, int last_shard)
      : reducer_(reducer), exchange_(exchange), last_shard_(last_shard) {}

  void BucketComplete(int bucket, int shard) override {
    reducer_.BucketComplete(bucket, shard);
    if (bucket == kFirstBucket && shard == last_shard_) exchanged_in_time_ = exchange_.Wait();
  }
  bool exchanged_in_time() const { return exchanged_in_time_; }

 private:
  GradientReducer& reducer_;
  FirstExchange& exchange_;
  int last_shard_;
  bool exchanged_in_time_ = false;
};

/// Whether backward tasks are left when the first bucket is complete.
bool LeavesTasks(const Plan& plan) {
  return !plan.backward.empty() && plan.backward.back().completes.front() > kFirstBucket;
}

TEST(OverlapTest, TheFirstBucketIsExchangedBeforeTheLastBackwardTask) {
  const Config config = LeNetTraining();
  const JobData data = NoiseData();
  RunAsThreads(2, [&](Communicator& communicator) {
    const auto backend = MakeBackend(config, communicator.local_rank());
    CommunicationThread communication(communicator);
    FirstExchange exchange;
    const auto observer = [&](int bucket, ExchangePhase phase) { exchange.Observe(bucket, phase); };
    Replica replica({config, data.train->image_shape(), observer}, *backend, communication);
    replica.InitializeWeights();
    ASSERT_TRUE(LeavesTasks(replica.plan()));
    const DataPlan order({1, data.train->size(), config.batch(), config.shards(), true});
    Loader loader(*data.train, order, *backend, {.shards = replica.shards()});
    const Stage& stage = loader.Next();

    HoldingListener listener(replica.reducer(), exchange, replica.shards().last - 1);
    replica.reducer().BeginStep(stage.shards.front().step_input);
    replica.model().PrepareWeights();
    for (const Shard& shard : stage.shards) {
      replica.model().Forward(shard, Phase::kTrain);
      replica.model().Backward(shard, listener);
    }
    EXPECT_TRUE(listener.exchanged_in_time());
    replica.reducer().Finish();
  });
}

}  // namespace
}  // namespace lockstep
