// What the sharded update saves and what it costs, on LeNet's real plan.

#include <gtest/gtest.h>

#include <vector>

#include "comm/communicators.h"
#include "comm/exchange_volume.h"
#include "tests/launcher/lenet_training.h"

namespace lockstep {
namespace {

/// Runs `check` on each of `ranks` threads with its job after `steps` steps.
void OnEachRank(int ranks, int steps, const std::function<void(Job& job, int rank)>& check,
                const Config& config = LeNetTraining()) {
  RunAsThreads(ranks, [&](Communicator& communicator) {
    Job job(config, NoiseData(), communicator);
    job.replica().InitializeWeights();
    job.StartAt(0);
    for (int step = 0; step < steps; ++step) job.trainer().RunStep({});
    check(job, communicator.rank());
  });
}

/// Elements of all parameters, without padding.
std::int64_t ElementsOf(const Plan& plan) {
  std::int64_t elements = 0;
  for (const ParameterPlace& place : plan.parameters) elements += place.elements;
  return elements;
}

TEST(SharedStateTest, ARankHoldsItsShareOfMastersAndMomentsAndPadding) {
  constexpr std::int64_t kBuffers = 2;  // masters, momentum
  for (int ranks : {1, 2, 3, 4}) {
    OnEachRank(ranks, 0, [&](Job& job, int) {
      const Plan& plan = job.replica().plan();
      // A block for each parameter, and a block a rank for each of a bucket's two regions.
      const auto padding =
          (std::ssize(plan.parameters) + 2 * std::ssize(plan.buckets) * ranks) * kBlock;
      const std::int64_t most = (ElementsOf(plan) + padding) / ranks;
      EXPECT_LE(job.replica().state().bytes(),
                static_cast<std::size_t>(kBuffers * most) * sizeof(float))
          << ranks << " ranks";
    });
  }
}

TEST(SharedStateTest, TheSharesOfAllRanksHoldEveryWeight) {
  for (int ranks : {1, 2, 3, 4}) {
    std::vector<std::size_t> bytes(static_cast<std::size_t>(ranks));
    std::size_t whole = 0;
    OnEachRank(ranks, 0, [&](Job& job, int rank) {
      bytes[static_cast<std::size_t>(rank)] = job.replica().state().bytes();
      if (rank == 0) whole = static_cast<std::size_t>(job.replica().plan().gradient_elements);
    });
    std::size_t sum = 0;
    for (std::size_t share : bytes) sum += share;
    EXPECT_EQ(sum, 2 * whole * sizeof(float)) << ranks << " ranks";
  }
}

class BytesOfAStepTest : public testing::TestWithParam<Precision::Type> {};

TEST_P(BytesOfAStepTest, AreThoseThatThePlanForetells) {
  constexpr int kSteps = 2;
  Config config = LeNetTraining();
  config.set_precision(GetParam());
  for (int ranks : {1, 2, 3, 4}) {
    const auto check = [&](Job& job, int rank) {
      Replica& replica = job.replica();
      EXPECT_EQ(replica.reducer().bytes_sent(),
                kSteps * BytesSentPerStep(replica.plan(), replica.tree(), rank,
                                          GradientCheckOf(job.config())))
          << "rank " << rank << " of " << ranks;
    };
    OnEachRank(ranks, kSteps, check, config);
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, BytesOfAStepTest,
                         testing::Values(Precision::F32, Precision::BF16),
                         [](const auto& precision) {
                           return Precision::Type_Name(precision.param);
                         });

TEST(SharedStateTest, PrecisionOf16BitsChangesNoByteOfMastersAndMoments) {
  Config rounded = LeNetTraining();
  rounded.set_precision(Precision::BF16);
  std::size_t exact_state = 0;
  std::size_t exact_working = 0;
  OnEachRank(1, 0, [&](Job& job, int) {
    exact_state = job.replica().state().bytes();
    exact_working = job.replica().working().bytes();
  });
  const auto check = [&](Job& job, int) {
    EXPECT_EQ(job.replica().state().bytes(), exact_state);
    EXPECT_LT(job.replica().working().bytes(), exact_working * 6 / 10);
  };
  OnEachRank(1, 0, check, rounded);
}

TEST(SharedStateTest, OnPowersOfTwoThoseAreTheBytesOfARingAllReduce) {
  Config unchecked = LeNetTraining();
  unchecked.set_on_divergence(DivergencePolicy::IGNORE);
  for (int ranks : {1, 2, 4}) {
    const auto check = [&](Job& job, int) {
      const std::int64_t whole = job.replica().plan().gradient_elements * std::int64_t{4};
      EXPECT_EQ(job.replica().reducer().bytes_sent(), 2 * (ranks - 1) * whole / ranks);
    };
    OnEachRank(ranks, 1, check, unchecked);
  }
}

}  // namespace
}  // namespace lockstep
