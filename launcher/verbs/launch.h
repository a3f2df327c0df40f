#pragma once

// `lockstep launch`: training on several ranks under a supervisor.

#include <optional>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"
#include "launcher/verbs/train.h"

namespace lockstep {

struct LaunchOptions {
  int ranks = 1;
  std::optional<int> restarts;         ///< at most; nothing: as many as make progress
  std::vector<std::string> hosts;      ///< for mpirun or srun; empty: this one, or the allocation's
  std::vector<std::string> arguments;  ///< `train` and what follows it
  TrainOptions train;                  ///< the same, parsed
};

/// Starts the ranks, passes signals on, names a rank that dies or hangs, starts the job again from
/// its last checkpoint while that helps (launcher/restart_policy.h), and returns the run's exit
/// code. No process of the job outlives the call, nor this process. Throws ConfigError,
/// InputMissing, EnvironmentError before anything is started.
ExitCode RunLaunch(const LaunchOptions& options, Console& console);

}  // namespace lockstep
