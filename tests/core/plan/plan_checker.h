#pragma once

// Holds a plan to what Model relies on. Derives what each task touches from the graph by itself, so
// that it shares no reasoning with the planner.

#include <span>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "tests/core/plan/planned_graph.h"

namespace lockstep {

/// A sentence for each fault of the memory of `plan`, a plan of `planned`: slots that live together
/// and overlap, are unaligned or outside the arena; tasks that touch a slot outside its lifetime or
/// that is not there.
std::vector<std::string> MemoryFaults(const Plan& plan, const PlannedGraph& planned);

/// A sentence for each fault of its gradient buffer: parameters that overlap, straddle regions or
/// are left out; regions that leave gaps or cannot be cut into slices; buckets that complete before
/// or after their last gradient.
std::vector<std::string> GradientFaults(const Plan& plan, const PlannedGraph& planned);

}  // namespace lockstep
