#pragma once

// Where each parameter lies in the gradient buffer, and which ranges of it are sent together.
// Fourth step of MakePlan.

#include <cstdint>
#include <vector>

#include "core/graph/graph.h"
#include "core/plan/plan.h"

namespace lockstep {

struct GradientLayout {
  std::vector<ParameterPlace> parameters;  ///< in the order of the graph
  std::vector<Bucket> buckets;
  std::vector<int> closing_nodes;  ///< for each bucket, the node whose backward task completes it
  std::int64_t elements = 0;
};

/// Gradients stand in the order in which `backward`, the tasks of a training pass, writes them. A
/// bucket closes at the first backward task where its tensors, each padded to whole blocks, reach
/// options.bucket_elements; the remaining gradients form the last bucket. Within a bucket weights
/// of working precision come first. Order and cuts do not depend on options.ranks; the padding of
/// regions does.
GradientLayout LayGradients(const Graph& graph, const std::vector<Task>& backward,
                            const PlanOptions& options);

}  // namespace lockstep
