#pragma once

// One replica: the graph's ops bound to planned memory, run task by task. Knows no ranks; the reducer listens.

#include <memory>
#include <vector>

#include "core/device/backend.h"
#include "core/graph/graph.h"
#include "core/model/bucket_listener.h"
#include "core/model/stage.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Memory that outlives a model and is shared with others.
struct ModelBuffers {
  Tensor working;    ///< [gradient_elements] working weights in the plan's layout
  Tensor gradients;  ///< [gradient_elements] float32; absent where there is no backward pass
};

/// Not thread-safe. Allocates only when made.
class Model {
 public:
  /// Takes the ops that the planner asked for their needs, binds them to one arena. `ops` has one entry a node,
  /// null for views.
  Model(Graph graph, Plan plan, std::vector<std::unique_ptr<Op>> ops);

 private:
};

}  // namespace lockstep
