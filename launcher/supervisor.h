#pragma once

// Keeps a training job going: starts its ranks, and starts them again from the last checkpoint
// where one dies or hangs.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"
#include "launcher/job_start.h"
#include "launcher/restart_policy.h"

namespace lockstep {

struct SupervisorOptions {
  JobLauncher launcher = JobLauncher::kNone;
  int ranks = 1;
  std::vector<std::string> hosts;
  std::vector<std::string> arguments;             ///< of this program, `train` and what follows
  std::filesystem::path run_dir;                  ///< the one that `arguments` name
  std::optional<int> most_restarts;               ///< nothing: as many as make progress
  std::chrono::duration<double> hang_timeout{0};  ///< 0: never
};

/// One a process, which has a single thread and no other children. SIGINT, SIGTERM and SIGUSR1 ask
/// the ranks to stop with a checkpoint, a second SIGINT or SIGTERM ends them at once, SIGUSR2 asks
/// for a checkpoint.
class Supervisor {
 public:
  Supervisor(const SupervisorOptions& options, Console& console);

  /// Returns the exit code of the last start, 128 + n where signal n ended it, when no process of
  /// the job is left. Throws EnvironmentError where none can be started.
  ExitCode Run();

 private:
  JobStartEnd Start(int ranks);
  std::int64_t NewestStep() const;
  void TellRestart(const JobStartEnd& end, const RestartDecision& decision);

  SupervisorOptions options_;
  Console& console_;
  BlockedSignals signals_;
  RestartPolicy policy_;
};

}  // namespace lockstep
