#pragma once

// Where the time of a step goes: each task of the plan, and what lies before, between and behind
// the tasks. Feeds `bench step --per-op`.

#include <chrono>
#include <cstddef>
#include <vector>

#include "comm/gradient_reducer.h"
#include "core/model/model.h"
#include "core/model/task_observer.h"

namespace lockstep {

/// What a step does besides its tasks.
enum class StepPart : std::size_t {
  kPreparation,  ///< weights prepared and input copied, until the first task
  kBetween,      ///< complete buckets folded and posted, further shards' input copied
  kFinish,       ///< what is left to wait for: exchange, update, gather
  kExchange,     ///< exchange, update and gather on the communication thread, beside the tasks
};

/// Observes `model` for as long as it lives. Waits for the device after each task, so a device that
/// runs behind the host loses what that hides; on a CPU it changes nothing.
class StepTimes : public TaskObserver {
 public:
  explicit StepTimes(Model& model);
  ~StepTimes() override;
  StepTimes(const StepTimes&) = delete;
  StepTimes& operator=(const StepTimes&) = delete;

  /// Around each step, on the thread that runs it.
  void BeginStep();
  void EndStep();
  /// On the communication thread, within a step.
  void Exchange(ExchangePhase phase);

  void TaskBegins(const Task& task) override;
  void TaskEnded(const Task& task) override;

  /// Milliseconds a step, median over the steps: of one task, by its position in forward followed
  /// by backward, over all shards; of a part; of the whole.
  double OfTask(std::size_t position) const;
  double OfPart(StepPart part) const;
  double OfStep() const;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kParts = 4;

  /// The time since `mark_`, which becomes now.
  double Lap();
  void AddToPart(StepPart part, double milliseconds);

  Model& model_;
  std::size_t tasks_;
  std::size_t next_task_ = 0;
  bool in_tasks_ = false;
  Clock::time_point step_begin_;
  Clock::time_point mark_;
  Clock::time_point exchange_begin_;
  std::vector<double> current_;             ///< tasks, parts, the whole
  std::vector<std::vector<double>> steps_;  ///< by the same index, one a step
};

}  // namespace lockstep
