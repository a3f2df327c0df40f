#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/plan/arena_layout.h"
#include "core/plan/gradient_layout.h"
#include "core/plan/plan.h"
#include "core/plan/slot_lifetimes.h"
#include "core/plan/task_order.h"

namespace lockstep {
namespace {

void CheckTypes(const Graph& graph, DataType activations) {
  for (const Node& node : graph.nodes) {
    const Value& value = graph.values[static_cast<std::size_t>(node.output)];
    if (node.output == graph.loss || value.type == activations) continue;
    throw std::invalid_argument(
        fmt::format("value '{}' is {} in the graph, {} in the plan's options", value.name,
                    NameOf(value.type), NameOf(activations)));
  }
}

void Check(const Graph& graph, std::span<const OpNeeds> needs, const PlanOptions& options) {
  if (needs.size() != graph.nodes.size()) {
    throw std::invalid_argument(fmt::format("a plan takes the needs of {} nodes, got {}",
                                            graph.nodes.size(), needs.size()));
  }
  if (options.ranks < 1) {
    throw std::invalid_argument(
        fmt::format("a plan is for at least 1 rank, got {}", options.ranks));
  }
  CheckTypes(graph, options.activations);
}

std::vector<Task> WithCompletedBuckets(std::vector<Task> backward,
                                       const std::vector<int>& closing_nodes) {
  for (std::size_t bucket = 0; bucket < closing_nodes.size(); ++bucket) {
    for (Task& task : backward) {
      if (task.kind != Task::Kind::kBackward || task.node != closing_nodes[bucket]) continue;
      task.completes.push_back(static_cast<int>(bucket));
    }
  }
  return backward;
}

// Training and evaluation share one buffer of weights, so an evaluation plan has the layout of the
// training pass.
GradientLayout LayGradientsOfTraining(const Graph& graph, const PlanOptions& options) {
  return LayGradients(graph, TaskOrder(graph, Phase::kTrain).backward(), options);
}

}  // namespace

Plan MakePlan(const Graph& graph, std::span<const OpNeeds> needs, const PlanOptions& options) {
  Check(graph, needs, options);
  const TaskOrder order(graph, options.phase);
  const std::vector<Slot> slots = SlotLifetimes(graph, needs, order);
  GradientLayout gradients = LayGradientsOfTraining(graph, options);
  ArenaLayout arena =
      LayArena(slots, options.reuse_memory ? Reuse::kWhereLifetimesAllow : Reuse::kNever);
  Plan plan;
  plan.forward = order.forward();
  plan.backward = WithCompletedBuckets(order.backward(), gradients.closing_nodes);
  plan.slots = std::move(arena.slots);
  plan.parameters = std::move(gradients.parameters);
  plan.buckets = std::move(gradients.buckets);
  plan.gradient_elements = gradients.elements;
  plan.arena_bytes = arena.bytes;
  plan.live_peak_bytes = LivePeak(slots);
  for (const OpNeeds& need : needs) {
    plan.scratch_bytes = std::max(plan.scratch_bytes, need.scratch_bytes);
    plan.prepared_bytes += Aligned(need.prepared_bytes);
  }
  plan.ranks = options.ranks;
  plan.working_type = options.activations;
  return plan;
}

}  // namespace lockstep
