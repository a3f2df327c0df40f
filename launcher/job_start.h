#pragma once

// One start of a job under supervision: from the first process to the last one's end.

#include <chrono>
#include <optional>

#include "launcher/blocked_signals.h"
#include "launcher/console.h"
#include "launcher/job_command.h"
#include "launcher/job_process.h"
#include "launcher/rank_observer.h"

namespace lockstep {

/// What a start works with; all outlive it.
struct JobStartParts {
  const BlockedSignals& signals;  ///< SIGINT, SIGTERM, SIGUSR1, SIGUSR2
  Console& console;
};

/// How a start ended.
struct JobStartEnd {
  int code = 0;  ///< of launcher/exit_code.h, or 128 + n for signal n
  std::optional<int> failed_rank;
  bool stop_requested = false;  ///< by a signal to the supervisor: it is not to be started again
};

/// Passes signals on, names the rank that died, failed or hangs, and sees to it that all processes
/// end. Not thread-safe.
class JobStart {
 public:
  /// Starts the processes. Throws EnvironmentError where that fails.
  JobStart(const RankCommand& command, std::chrono::duration<double> hang_timeout,
           const JobStartParts& parts);

  /// Returns when no process is left.
  JobStartEnd Run();

 private:
  using Clock = std::chrono::steady_clock;

  JobCommand CommandOf(const RankCommand& command) const;
  void Take(int signal);
  void PassOnRequests();
  void LookAtRanks();
  /// Once the first process has ended.
  void LookBack(int code);
  bool StartedNothing(int code) const;
  void Tell(const RankTrouble& trouble);
  /// SIGTERM to the launcher after `patience`, and SIGKILL to all some seconds later.
  void EndAfter(std::chrono::milliseconds patience);
  void EnforceEnd();
  /// Whether another program starts the ranks, and ends with them.
  bool has_launcher() const { return launcher_ != JobLauncher::kNone; }
  /// `code`: of the first process.
  JobStartEnd EndOf(int code) const;

  JobStartParts parts_;
  HeartbeatPage page_;
  RankObserver observer_;
  JobLauncher launcher_;
  JobCommand command_;
  JobProcess process_;
  Clock::time_point begun_ = Clock::now();
  std::optional<RankTrouble> trouble_;
  bool stop_requested_ = false;
  bool stop_passed_on_ = false;
  bool checkpoint_requested_ = false;
  std::optional<int> ended_by_;  ///< the signal that asked to end at once
  std::optional<Clock::time_point> terminate_at_;
  std::optional<Clock::time_point> kill_at_;
};

}  // namespace lockstep
