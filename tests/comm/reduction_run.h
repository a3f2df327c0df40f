#pragma once

// A training run without a model: gradients are drawn for each step, shard and element, everything
// behind them is the real reducer. The weights must not depend on the ranks.

#include <cstdint>
#include <functional>
#include <vector>

#include "comm/gradient_reducer.h"
#include "core/communicator.h"
#include "core/device/backend.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Momentum 0.9, decay 0.01.
OptimizerConfig SgdWithMomentum();

struct ReductionRunOptions {
  Backend& backend;
  int shards = 1;
  int steps = 3;
  Reduction::Type reduction = Reduction::EXACT;
  DataType working_type = DataType::kF32;
  OptimizerConfig optimizer = SgdWithMomentum();
  GradientCheck check = {.on_divergence = DivergencePolicy::IGNORE};
  /// Changes the gradients of a shard, in the plan's layout. May be empty.
  std::function<void(const Plan& plan, int step, int shard, std::span<float> gradients)> change =
      {};
};

/// SGD with momentum, clipped so far that every step is scaled down.
ReductionRunOptions ClippedReduction(Backend& backend, int shards);

struct ReductionRunResult {
  std::vector<float> weights;  ///< all but control parameters in the plan's order, without padding
  std::vector<float> state;    ///< this rank's masters and moments, zero for control words
  std::vector<float> control;
  GradientSummary gradients;  ///< of the last step
  bool last_step_is_void = false;
  std::int64_t bytes_sent = 0;
  std::size_t state_bytes = 0;
};

/// Three buckets (the last without working region), all kinds of parameters, padded for `ranks`.
Plan PlanOfThreeBuckets(int ranks, DataType working_type = DataType::kF32);

/// A number whose exponent varies over 40 binary digits, so that the order of a sum shows in its
/// bits.
float AdversarialGradient(int step, int shard, int parameter, std::int64_t element);

/// Writes the gradients of one shard into a buffer of the plan's layout.
void DrawGradients(const Plan& plan, int step, int shard, std::span<float> gradients);

/// Runs this rank's part. Collective.
ReductionRunResult RunReduction(Communicator& communicator, const ReductionRunOptions& options);

/// 64-bit FNV-1a (Fowler, Noll, Vo) of the bytes of `values`.
std::uint64_t HashOf(std::span<const float> values);

}  // namespace lockstep
