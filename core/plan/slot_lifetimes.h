#pragma once

// Which tensors a pass keeps in the arena, how large they are and when they live. Second step of
// MakePlan.

#include <span>
#include <vector>

#include "core/device/op.h"
#include "core/graph/graph.h"
#include "core/plan/task_order.h"

namespace lockstep {

/// The slots of a pass without offsets: values first, then what ops save, then gradients, each in
/// the order of the graph. A view has none: it shares those of the value that it looks at.
///   sources            throughout: they are copied in before the pass
///   logits and loss    to the end: the host reads them
///   other values       from their producer to the last task that reads them; a backward task
///                      reads what OpNeeds says
///   gradients          from the writer to the backward task of the value's producer
///   partial gradients  of a value with several writers, each from its writer to the GradSum task,
///                      where the gradient begins
///   what an op saves   from its forward to its backward task
/// Throws std::invalid_argument where a node with a backward task says nothing about one of its
/// inputs.
std::vector<Slot> SlotLifetimes(const Graph& graph, std::span<const OpNeeds> needs,
                                const TaskOrder& order);

}  // namespace lockstep
