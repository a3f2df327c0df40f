#pragma once

// How the ranks of a job are started: by srun in a Slurm allocation, by mpirun elsewhere, one alone
// without any.

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/job_process.h"

namespace lockstep {

enum class JobLauncher : std::uint8_t { kNone, kMpirun, kSrun };

/// Who starts `ranks` processes on this machine or on `hosts`. Throws EnvironmentError where that
/// needs mpirun and there is none in PATH, and where this process was itself started by a launcher.
JobLauncher ChooseJobLauncher(int ranks, const std::vector<std::string>& hosts);

struct RankCommand {
  JobLauncher launcher = JobLauncher::kNone;
  int ranks = 1;
  std::vector<std::string> hosts;  ///< empty: this machine, or the allocation's
  /// What each rank runs: arguments of this program.
  std::vector<std::string> arguments;
};

/// The command that starts all ranks; as root with the variables by which Open MPI lets root start
/// anything.
JobCommand MakeJobCommand(const RankCommand& command);

}  // namespace lockstep
