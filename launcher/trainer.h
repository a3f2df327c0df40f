#pragma once

// The training loop's body: one optimizer step on this rank. Everything around it (logs,
// checkpoints, evaluation) is TrainingRun's.

#include <cstdint>
#include <functional>

#include "comm/gradient_reducer.h"
#include "core/data/stage_source.h"
#include "core/device/backend.h"
#include "core/device/step_input.h"
#include "core/model/model.h"
#include "core/optimizer/schedule.h"

namespace lockstep {

/// What all ranks know after a step, the same on each.
struct StepResult {
  double loss = 0;  ///< mean over the global batch, before the update
  double learning_rate = 0;
  bool finite = true;           ///< the loss and, where they are checked, all gradients
  int first_not_finite = -1;    ///< of Plan::parameters: whose gradient is not finite; -1: none
  bool stop_requested = false;  ///< by any rank
  bool checkpoint_requested = false;  ///< by any rank
};

/// What this rank asks of all.
struct StepRequests {
  bool stop = false;
  bool checkpoint = false;
};

/// What a trainer works with; all outlive it.
struct TrainerParts {
  Backend& backend;
  StageSource& input;
  Model& model;
  GradientReducer& reducer;
  const Schedule& schedule;
  std::int64_t batch = 0;               ///< global
  std::function<void()> progress = {};  ///< called after each shard; may be empty
};

/// Not thread-safe. Allocates nothing in a step.
class Trainer {
 public:
  /// `first_step`: steps completed before, on a resume.
  Trainer(const TrainerParts& parts, std::int64_t first_step);

  /// Collective. Where divergence stops a run, a step whose loss or gradients are not finite
  /// changes nothing and does not count.
  StepResult RunStep(const StepRequests& requests);

  /// Steps completed.
  std::int64_t steps() const { return steps_; }
  /// Samples consumed: the whole position of the run.
  std::int64_t samples() const { return steps_ * parts_.batch; }

 private:
  void FillStepInputs(const Stage& stage, const StepRequests& requests) const;

  TrainerParts parts_;
  std::int64_t steps_;
};

}  // namespace lockstep
