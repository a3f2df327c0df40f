#pragma once

// What a task cannot do without, whoever computes it: the arithmetic of its op, and each tensor it
// needs read or written once. Beside a time it tells how far an op is from what the device can do.

#include <cstdint>
#include <span>

#include "core/device/op.h"
#include "core/graph/graph.h"
#include "core/plan/plan.h"

namespace lockstep {

struct TaskCost {
  /// Multiply-adds times 2. A backward pass has those of the forward pass for the weights' gradient
  /// and again for the input's, where it is wanted. Elementwise work is not counted.
  std::int64_t flops = 0;
  std::int64_t bytes = 0;

  friend bool operator==(const TaskCost&, const TaskCost&) = default;
};

/// `needs` has one entry a node. `task` is one of a plan for `graph`.
TaskCost CostOf(const Task& task, const Graph& graph, std::span<const OpNeeds> needs);

}  // namespace lockstep
