#pragma once

// Everything around the steps of a run: logs, progress, evaluation, checkpoints, the wish to stop.

#include <chrono>
#include <functional>
#include <optional>

#include "core/checkpoint/checkpoint_writer.h"
#include "core/metrics/status_file.h"
#include "core/metrics/train_log.h"
#include "launcher/bad_record_report.h"
#include "launcher/heartbeat.h"
#include "launcher/job.h"
#include "launcher/open_run.h"
#include "launcher/progress_line.h"
#include "launcher/run_requests.h"

namespace lockstep {

/// How a run ended, for `train --json`.
struct TrainingSummary {
  std::int64_t steps = 0;    ///< completed, those before a resume included
  std::int64_t samples = 0;  ///< consumed
  double seconds = 0;        ///< of this process's training loop
  double images_per_second = 0;
  std::optional<double> loss;      ///< of the last step; none where none was left to do
  std::optional<double> accuracy;  ///< of the last evaluation
  bool preempted = false;
};

/// What a run works with; all outlive it.
struct TrainingRunParts {
  Job& job;
  const OpenedRun& run;
  Communicator& communicator;
  RunRequests& requests;
  Heartbeat& heartbeat;
  Console& console;
  bool trace_hashes = false;
};

/// Not thread-safe. One a process.
class TrainingRun {
 public:
  /// Loads the checkpoint that parts.run resumes from, or the initial weights. Throws on every rank
  /// alike.
  explicit TrainingRun(const TrainingRunParts& parts);

  /// Trains to the end or until a rank is asked to stop, which writes a checkpoint. Throws
  /// Diverged, ReplicasDiffer and what steps and saves throw; with on_error: WARN a failed write of
  /// a file is a warning instead, but for the checkpoint that the run ends with. Collective.
  TrainingSummary Run();

 private:
  using Clock = std::chrono::steady_clock;

  void LoadStart();
  void LoadCheckpoint(const std::filesystem::path& folder);
  void CheckArithmetic(const std::filesystem::path& folder) const;
  void LoadInitialWeights();
  void RunSteps();
  void AfterStep(const StepResult& result);
  void Log(const StepResult& result);
  void ReportBadRecords();
  bool EvaluationIsDue() const;
  void Evaluate();
  bool SaveIsDue(const StepResult& result) const;
  void Save();
  void WriteCheckpoint();
  RunState StateNow() const;
  void CheckDivergence(const StepResult& result) const;
  void CheckStateIsFinite();
  void VerifyReplicas();
  void TraceHash();
  void WriteStatus(const std::string& state);
  void WriteFailedStatus() noexcept;
  void WriteOrWarn(const std::function<void()>& write);
  /// Whether no step follows.
  bool ends() const;
  bool leads() const { return parts_.communicator.rank() == 0; }
  double epochs() const;

  TrainingRunParts parts_;
  const Config& config_;
  CheckpointStore store_;
  std::optional<CheckpointWriter> writer_;
  std::optional<TrainLog> log_;       ///< on rank 0
  std::optional<StatusFile> status_;  ///< on rank 0
  ProgressLine progress_;
  BadRecordReport bad_records_;
  RunState state_;                        ///< of the last checkpoint or evaluation
  std::optional<BestMetric> saved_best_;  ///< the best that there is a checkpoint of
  bool improved_ = false;                 ///< by the evaluation after this step
  std::int64_t first_step_ = 0;
  std::int64_t evaluated_step_ = -1;
  std::int64_t saved_step_ = -1;
  Clock::time_point begun_;
  Clock::time_point logged_;  ///< later by what evaluations and saves took since
  std::int64_t logged_step_ = 0;
  double logged_data_wait_ = 0;
  double comm_wait_ = 0;  ///< seconds since the last log line
  TrainingSummary summary_;
};

}  // namespace lockstep
