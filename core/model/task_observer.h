#pragma once

// Who watches a model run its tasks: `lockstep bench step --per-op`. Training has none.

#include "core/plan/plan.h"

namespace lockstep {

/// Called by the thread that runs the pass, in the order of the plan.
class TaskObserver {
 public:
  virtual ~TaskObserver() = default;
  /// `task`, one of the model's plan, is about to be enqueued on the model's stream.
  virtual void TaskBegins(const Task& task) = 0;
  /// It has been enqueued; whoever listens for complete buckets has not been told yet.
  virtual void TaskEnded(const Task& task) = 0;
};

}  // namespace lockstep
