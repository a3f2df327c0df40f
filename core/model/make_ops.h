#pragma once

// From a graph to ops on a back end: the step between BuildGraph and MakePlan.

#include <memory>
#include <vector>

#include "core/device/backend.h"
#include "core/graph/graph.h"

namespace lockstep {

/// What the ops of one graph have in common.
struct OpSettings {
  Phase phase = Phase::kTrain;
  DataType activations = DataType::kF32;
  std::uint64_t seed = 0;         ///< key of random draws
  std::int64_t global_batch = 1;  ///< divisor of the loss gradient
};

/// One op a node, null for views. Throws Unsupported naming node and back end.
std::vector<std::unique_ptr<Op>> MakeOps(const Graph& graph, Backend& backend,
                                         const OpSettings& settings);

/// What the planner must provide; one entry a node, an empty one for views.
std::vector<OpNeeds> NeedsOf(const std::vector<std::unique_ptr<Op>>& ops);

}  // namespace lockstep
