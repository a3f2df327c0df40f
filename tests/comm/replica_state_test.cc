#include "core/optimizer/replica_state.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

ReplicaState StateOf(const Plan& plan, int rank, Backend& backend,
                     const OptimizerConfig& optimizer = {}) {
  return ReplicaState({plan, rank, backend, optimizer, {"momentum"}});
}

TEST(ReplicaStateTest, ARankHoldsOneShareOfTheStateAndPadding) {
  ScalarBackend backend;
  std::int64_t whole = 0;
  for (const ParameterPlace& place : PlanOfThreeBuckets(1).parameters) whole += place.elements;
  for (int ranks : {1, 2, 3, 8}) {
    const Plan plan = PlanOfThreeBuckets(ranks);
    // A block for each parameter, and at most a block a rank for each region.
    const auto padding =
        static_cast<std::int64_t>(plan.parameters.size() +
                                  2 * plan.buckets.size() * static_cast<std::size_t>(ranks)) *
        kBlock;
    for (int rank = 0; rank < ranks; ++rank) {
      const std::size_t bytes = StateOf(plan, rank, backend).bytes();
      EXPECT_LE(bytes, 2 * sizeof(float) * static_cast<std::size_t>((whole + padding) / ranks));
      EXPECT_EQ(bytes,
                2 * sizeof(float) * static_cast<std::size_t>(plan.gradient_elements / ranks));
    }
  }
}

TEST(ReplicaStateTest, LoadsItsSlicesFromAFullBuffer) {
  ScalarBackend backend;
  const Plan plan = PlanOfThreeBuckets(3);
  std::vector<float> full(static_cast<std::size_t>(plan.gradient_elements));
  std::iota(full.begin(), full.end(), 0.0F);
  ReplicaState state = StateOf(plan, 2, backend);
  state.LoadMasters(full);
  for (float& value : full) value = -value;
  state.LoadMoment(0, full);
  for (const SlicePiece& piece : state.pieces()) {
    const auto first = static_cast<std::size_t>(piece.packed);
    EXPECT_EQ(state.master()[first], static_cast<float>(piece.offset));
    EXPECT_EQ(state.moment(0)[first], -static_cast<float>(piece.offset));
    EXPECT_EQ(state.SliceOf(piece).master.data(), &state.master()[first]);
    EXPECT_EQ(state.SliceOf(piece).master.elements(), piece.elements);
  }
}

TEST(ReplicaStateTest, DecaySparesSmallWeightsWhereTold) {
  OptimizerConfig optimizer;
  optimizer.set_weight_decay(0.5);
  optimizer.set_decay_norms_and_biases(false);
  const Plan plan = PlanOfThreeBuckets(1);
  const std::vector<BlockRule> rules = BlockRulesOf(plan, optimizer);
  for (const ParameterPlace& place : plan.parameters) {
    const BlockRule& rule = rules[static_cast<std::size_t>(place.offset / kBlock)];
    EXPECT_EQ(rule.weight_decay, place.kind == ParameterKind::kWeight ? 0.5F : 0.0F) << place.name;
    EXPECT_EQ(rule.kind == BlockRule::kControl, place.kind == ParameterKind::kControl);
    EXPECT_EQ(rule.kind == BlockRule::kStatistic, place.kind == ParameterKind::kStatistic);
  }
}

TEST(ReplicaStateTest, PaddingIsNotUpdated) {
  const Plan plan = PlanOfThreeBuckets(8);
  const std::vector<BlockRule> rules = BlockRulesOf(plan, OptimizerConfig());
  EXPECT_EQ(rules.back().kind, BlockRule::kPadding);
}

}  // namespace
}  // namespace lockstep
