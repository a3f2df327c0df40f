#include "comm/gradient_reducer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <set>
#include <vector>

#include "comm/communicators.h"
#include "comm/exchange_volume.h"
#include "core/device/step_input.h"
#include "core/errors.h"
#include "core/graph/bfloat16.h"
#include "onednn_ops/onednn_backend.h"
#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

/// Passes calls on and counts the bytes that leave this rank.
class CountingCommunicator : public Communicator {
 public:
  explicit CountingCommunicator(Communicator& inner) : inner_(inner) {}
  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  int local_rank() const override { return inner_.local_rank(); }
  void Exchange(std::span<const Message> sends, std::span<const Message> receives) override {
    for (const Message& send : sends) bytes_ += static_cast<std::int64_t>(send.data.bytes());
    inner_.Exchange(sends, receives);
  }
  void ReduceScatter(Tensor buffer) override {
    CountRing(buffer);
    inner_.ReduceScatter(buffer);
  }
  void AllGather(Tensor buffer) override {
    CountRing(buffer);
    inner_.AllGather(buffer);
  }
  void Broadcast(Tensor buffer, int root) override { inner_.Broadcast(buffer, root); }
  void Interrupt() noexcept override { inner_.Interrupt(); }
  void Abort(std::string_view why, int code) noexcept override { inner_.Abort(why, code); }
  std::string_view name() const override { return inner_.name(); }
  std::int64_t bytes() const { return bytes_; }

 private:
  void CountRing(const Tensor& buffer) {
    bytes_ += static_cast<std::int64_t>(buffer.bytes()) / size() * (size() - 1);
  }

  Communicator& inner_;
  std::int64_t bytes_ = 0;
};

/// The result of each rank of a run on threads.
std::vector<ReductionRunResult> RunOnThreads(int ranks, const ReductionRunOptions& options) {
  std::vector<ReductionRunResult> results(static_cast<std::size_t>(ranks));
  RunAsThreads(ranks, [&](Communicator& communicator) {
    results[static_cast<std::size_t>(communicator.rank())] = RunReduction(communicator, options);
  });
  return results;
}

/// T(first, last) of one element, straight from its definition.
float TreeSum(const std::function<float(int shard)>& term, int first, int last) {
  if (last - first == 1) return term(first);
  int left = 1;
  while (left * 2 < last - first) left *= 2;
  return TreeSum(term, first, first + left) + TreeSum(term, first + left, last);
}

TEST(GradientReducerTest, TheSameBitsOnAnyNumberOfRanks) {
  ScalarBackend backend;
  for (int shards : {8, 11}) {
    const auto expected = RunOnThreads(1, {.backend = backend, .shards = shards}).front();
    for (int ranks : {2, 3, 4, 8}) {
      for (const auto& result : RunOnThreads(ranks, {.backend = backend, .shards = shards})) {
        EXPECT_EQ(result.weights, expected.weights) << shards << " shards on " << ranks << " ranks";
      }
    }
  }
}

TEST(GradientReducerTest, TheCpuBackEndGivesTheSameBitsOnAnyNumberOfRanks) {
  const auto backend = MakeOnednnBackend(CpuOptions());
  const auto expected = RunOnThreads(1, {.backend = *backend, .shards = 8}).front();
  for (int ranks : {2, 3, 8}) {
    for (const auto& result : RunOnThreads(ranks, {.backend = *backend, .shards = 8})) {
      EXPECT_EQ(result.weights, expected.weights) << ranks << " ranks";
    }
  }
}

TEST(GradientReducerTest, ClippedTheSameBitsOnAnyNumberOfRanks) {
  const auto backend = MakeOnednnBackend(CpuOptions());
  for (const auto type : {OptimizerConfig::SGD, OptimizerConfig::ADAM, OptimizerConfig::ADAMW}) {
    for (const DataType working : {DataType::kF32, DataType::kBF16}) {
      ReductionRunOptions options = ClippedReduction(*backend, 8);
      options.optimizer.set_type(type);
      options.working_type = working;
      const auto expected = RunOnThreads(1, options).front();
      for (int ranks : {2, 3, 4, 8}) {
        for (const auto& result : RunOnThreads(ranks, options)) {
          EXPECT_EQ(result.weights, expected.weights) << ranks << " ranks";
          EXPECT_EQ(result.gradients.norm, expected.gradients.norm) << ranks << " ranks";
        }
      }
    }
  }
}

TEST(GradientReducerTest, ACheckThatScalesNothingGivesTheBitsOfNone) {
  ScalarBackend backend;
  for (const DataType working : {DataType::kF32, DataType::kBF16}) {
    ReductionRunOptions options{.backend = backend, .shards = 8, .working_type = working};
    const auto expected = RunOnThreads(3, options).front();
    options.check = {.clip_norm = 1e30};
    const auto checked = RunOnThreads(3, options).front();
    EXPECT_EQ(checked.weights, expected.weights);
    options.check.clip_norm = 1.5;
    EXPECT_NE(RunOnThreads(3, options).front().weights, expected.weights);
  }
}

TEST(GradientReducerTest, WorkingWeightsOf16BitsAreRoundedMastersOf32) {
  ScalarBackend backend;
  ReductionRunOptions options{.backend = backend, .shards = 4};
  const auto exact = RunOnThreads(2, options);
  options.working_type = DataType::kBF16;
  const auto rounded = RunOnThreads(2, options);
  EXPECT_EQ(rounded[0].state, exact[0].state);
  EXPECT_EQ(rounded[1].state, exact[1].state);
  std::vector<float> expected;
  for (const ParameterPlace& place : PlanOfThreeBuckets(2).parameters) {
    if (place.kind == ParameterKind::kControl) continue;
    for (std::int64_t i = 0; i < place.elements; ++i) {
      const float weight = exact[0].weights[expected.size()];
      const bool rounds = place.kind == ParameterKind::kWeight;
      expected.push_back(rounds ? ToFloat(ToBfloat16(weight)) : weight);
    }
  }
  EXPECT_EQ(rounded[0].weights, expected);
  EXPECT_NE(rounded[0].weights, exact[0].weights);
}

/// Puts a NaN into the last element of `parameter` in shard 5 of step 2.
auto BreakGradient(int parameter) {
  return [parameter](const Plan& plan, int step, int shard, std::span<float> gradients) {
    if (step != 2 || shard != 5) return;
    const ParameterPlace& place = plan.parameters[static_cast<std::size_t>(parameter)];
    gradients[static_cast<std::size_t>(place.offset + place.elements - 1)] =
        std::numeric_limits<float>::quiet_NaN();
  };
}

TEST(GradientReducerTest, AGradientThatIsNotFiniteChangesNothingOnAnyRank) {
  ScalarBackend backend;
  for (int parameter : {0, 1, 3, 4, 5, 6}) {  // weights, small weights and a statistic
    ReductionRunOptions options{.backend = backend, .shards = 8, .steps = 2};
    options.check.on_divergence = DivergencePolicy::STOP;
    const auto before = RunOnThreads(3, options);
    options.steps = 3;
    options.change = BreakGradient(parameter);
    const auto after = RunOnThreads(3, options);
    for (std::size_t rank = 0; rank < after.size(); ++rank) {
      EXPECT_FALSE(before[rank].last_step_is_void);
      EXPECT_TRUE(after[rank].last_step_is_void);
      EXPECT_FALSE(after[rank].gradients.finite);
      EXPECT_EQ(after[rank].gradients.first_not_finite, parameter);
      EXPECT_EQ(after[rank].weights, before[rank].weights);
      EXPECT_EQ(after[rank].state, before[rank].state);
      EXPECT_NE(after[rank].control, before[rank].control) << "the loss is told all the same";
    }
  }
}

TEST(GradientReducerTest, ToldToIgnoreDivergenceItWritesWhatIsNotFinite) {
  ScalarBackend backend;
  ReductionRunOptions options{.backend = backend, .shards = 8, .change = BreakGradient(0)};
  for (const double clip_norm : {0.0, 1.5}) {
    options.check.clip_norm = clip_norm;
    const auto result = RunOnThreads(3, options).front();
    EXPECT_FALSE(result.last_step_is_void);
    EXPECT_TRUE(std::isnan(result.weights[4999]));
  }
}

TEST(GradientReducerTest, OtherShardsGiveOtherBits) {
  ScalarBackend backend;
  EXPECT_NE(RunOnThreads(1, {.backend = backend, .shards = 8}).front().weights,
            RunOnThreads(1, {.backend = backend, .shards = 7}).front().weights);
}

TEST(GradientReducerTest, ASumInOrderOfArrivalGivesOtherBits) {
  ScalarBackend backend;
  ArrivalOrderBackend arrival;
  const auto expected = RunOnThreads(1, {.backend = backend, .shards = 8}).front();
  EXPECT_NE(RunOnThreads(3, {.backend = arrival, .shards = 8}).front().weights, expected.weights);
  EXPECT_NE(RunOnThreads(4, {.backend = arrival, .shards = 8}).front().weights, expected.weights);
}

TEST(GradientReducerTest, ControlWordsAreTheTreeSumOverShards) {
  ScalarBackend backend;
  constexpr int kShards = 6;
  constexpr int kControlParameter = 2;
  for (int ranks : {1, 4}) {
    for (const auto& result :
         RunOnThreads(ranks, {.backend = backend, .shards = kShards, .steps = 2})) {
      ASSERT_EQ(result.control.size(), static_cast<std::size_t>(kControlWords));
      for (int word = 0; word < kControlWords; ++word) {
        const auto term = [&](int shard) {
          return AdversarialGradient(1, shard, kControlParameter, word);
        };
        EXPECT_EQ(result.control[static_cast<std::size_t>(word)], TreeSum(term, 0, kShards));
      }
    }
  }
}

TEST(GradientReducerTest, FastReductionAgreesUpToRounding) {
  ScalarBackend backend;
  const auto expected = RunOnThreads(1, {.backend = backend, .shards = 5}).front();
  for (int ranks : {1, 2, 3}) {
    const auto results =
        RunOnThreads(ranks, {.backend = backend, .shards = 5, .reduction = Reduction::FAST});
    for (const auto& result : results) {
      ASSERT_EQ(result.weights.size(), expected.weights.size());
      for (std::size_t i = 0; i < result.weights.size(); ++i) {
        // Gradients reach 2^20; float32 has 24 digits.
        ASSERT_NEAR(result.weights[i], expected.weights[i], 8.0F) << i << " on " << ranks;
      }
      EXPECT_EQ(result.weights, results.front().weights);
    }
  }
}

TEST(GradientReducerTest, SendsTheBytesOfTheFormula) {
  ScalarBackend backend;
  for (const DataType working : {DataType::kF32, DataType::kBF16}) {
    for (const auto policy : {DivergencePolicy::STOP, DivergencePolicy::IGNORE}) {
      ReductionRunOptions options{
          .backend = backend, .shards = 11, .steps = 2, .working_type = working};
      options.check.on_divergence = policy;
      for (int ranks : {1, 2, 3, 4, 8}) {
        const ReductionTree tree(11, ranks);
        RunAsThreads(ranks, [&](Communicator& communicator) {
          CountingCommunicator counting(communicator);
          const auto result = RunReduction(counting, options);
          const auto a_step = BytesSentPerStep(PlanOfThreeBuckets(ranks, working), tree,
                                               communicator.rank(), options.check);
          EXPECT_EQ(result.bytes_sent, 2 * a_step);
          EXPECT_EQ(counting.bytes(), 2 * a_step);
        });
      }
    }
  }
}

constexpr GradientCheck kNoCheck = {.on_divergence = DivergencePolicy::IGNORE};

TEST(GradientReducerTest, PowersOfTwoSendTheBytesOfARingAllReduce) {
  for (int ranks : {1, 2, 4, 8}) {
    const Plan plan = PlanOfThreeBuckets(ranks);
    const auto ring = 2 * (ranks - 1) * plan.gradient_elements / ranks * 4;
    EXPECT_EQ(BytesSentPerStep(plan, ReductionTree(8, ranks), 0, kNoCheck), ring);
  }
}

TEST(GradientReducerTest, WeightsOf16BitsAreGatheredWithHalfTheBytes) {
  const ReductionTree tree(8, 2);
  const Plan plan = PlanOfThreeBuckets(2);
  std::int64_t weights = 0;
  for (const Bucket& bucket : plan.buckets) weights += bucket.working.elements;
  EXPECT_EQ(BytesSentPerStep(plan, tree, 0, kNoCheck) -
                BytesSentPerStep(PlanOfThreeBuckets(2, DataType::kBF16), tree, 0, kNoCheck),
            weights / 2 * 2);
}

/// Remembers which buckets are done and lets a thread wait for one.
class DoneBuckets {
 public:
  void Add(int bucket) {
    const std::lock_guard lock(mutex_);
    done_.insert(bucket);
    changed_.notify_all();
  }
  void WaitFor(int bucket) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_.count(bucket) > 0; });
  }
  std::set<int> Snapshot() {
    const std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int> done_;
};

/// One rank with two shards a rank, for tests that drive the reducer call by call.
class ReducerOfTwoShards {
 public:
  explicit ReducerOfTwoShards(Communicator& communicator, const GradientCheck& check = {})
      : plan_(PlanOfThreeBuckets(communicator.size())),
        tree_(2 * communicator.size(), communicator.size()),
        first_shard_(2 * communicator.rank()),
        rule_(backend_.MakeUpdateRule(OptimizerConfig())),
        state_({plan_, communicator.rank(), backend_, OptimizerConfig(), rule_->moment_names()}),
        working_(plan_, backend_),
        gradients_(static_cast<std::size_t>(plan_.gradient_elements), 1.0F),
        communication_(communicator),
        reducer_({plan_,
                  tree_,
                  backend_,
                  communication_,
                  *rule_,
                  state_,
                  compute_,
                  {working_, TensorOf(gradients_)},
                  Reduction::EXACT,
                  check,
                  [this](int bucket, ExchangePhase phase) {
                    if (phase == ExchangePhase::kDone) done_.Add(bucket);
                  }}) {}

  void Begin() { reducer_.BeginStep(Tensor(&input_, Shape{sizeof(StepInput)}, DataType::kU8)); }
  /// `shard` 0 or 1 of this rank's two.
  void Complete(int bucket, int shard) { reducer_.BucketComplete(bucket, first_shard_ + shard); }
  GradientReducer& reducer() { return reducer_; }
  DoneBuckets& done() { return done_; }

 private:
  static Tensor TensorOf(std::vector<float>& values) {
    return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())}, DataType::kF32);
  }

  ScalarBackend backend_;
  Plan plan_;
  ReductionTree tree_;
  int first_shard_;
  std::unique_ptr<UpdateRule> rule_;
  ReplicaState state_;
  WorkingWeights working_;
  std::vector<float> gradients_;
  HostStream compute_;
  StepInput input_;
  DoneBuckets done_;
  CommunicationThread communication_;
  GradientReducer reducer_;
};

class OverlapOfBucketsTest : public testing::TestWithParam<DivergencePolicy::Type> {};

TEST_P(OverlapOfBucketsTest, ABucketIsExchangedWhileTheBackwardPassGoesOn) {
  RunAsThreads(3, [](Communicator& communicator) {
    ReducerOfTwoShards rank(communicator, {.on_divergence = GetParam()});
    rank.Begin();
    for (int bucket : {0, 1, 2}) rank.Complete(bucket, 0);
    EXPECT_TRUE(rank.done().Snapshot().empty());
    rank.Complete(0, 1);
    rank.done().WaitFor(0);  // would wait for ever if the exchange began in Finish
    EXPECT_EQ(rank.done().Snapshot(), std::set<int>{0});
    rank.Complete(1, 1);
    rank.Complete(2, 1);
    rank.reducer().Finish();
    EXPECT_EQ(rank.done().Snapshot(), (std::set<int>{0, 1, 2}));
  });
}

INSTANTIATE_TEST_SUITE_P(Policies, OverlapOfBucketsTest,
                         testing::Values(DivergencePolicy::STOP, DivergencePolicy::IGNORE),
                         [](const auto& policy) {
                           return DivergencePolicy::Type_Name(policy.param);
                         });

TEST(GradientReducerTest, ARankThatFailsInMidStepEndsTheOthers) {
  const auto run = [] {
    RunAsThreads(3, [](Communicator& communicator) {
      ReducerOfTwoShards rank(communicator);
      rank.Begin();
      for (int bucket : {0, 1, 2}) rank.Complete(bucket, 0);
      rank.Complete(0, 1);
      if (communicator.rank() == 1) throw DataError("record 3 is broken");
      rank.Complete(1, 1);
      rank.Complete(2, 1);
      rank.reducer().Finish();
    });
  };
  EXPECT_THROW(run(), DataError);
}

TEST(GradientReducerTest, RefusesCallsOutOfStep) {
  const auto self = MakeSelfCommunicator();
  ReducerOfTwoShards rank(*self);
  EXPECT_THROW(rank.Complete(0, 0), std::logic_error);
  rank.Begin();
  EXPECT_THROW(rank.Complete(0, 2), std::logic_error);
  EXPECT_THROW(rank.reducer().Finish(), std::logic_error);
}

TEST(GradientReducerTest, OneRankKeepsNoCopyOfItsLastShard) {
  ScalarBackend backend;
  std::vector<float> gradients(1024);
  const Tensor buffer(gradients.data(), Shape{1024}, DataType::kF32);
  EXPECT_EQ(PartialSums(backend, buffer, ReductionTree(1, 1).FoldOrder(0)).bytes(), 0U);
  EXPECT_EQ(PartialSums(backend, buffer, ReductionTree(2, 1).FoldOrder(0)).bytes(), 4096U);
  EXPECT_EQ(PartialSums(backend, buffer, ReductionTree(8, 1).FoldOrder(0)).bytes(), 3U * 4096U);
}

}  // namespace
}  // namespace lockstep
