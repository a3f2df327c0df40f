#pragma once

// How a verb runs on several ranks and ends on all of them: one message, one exit code, nobody left
// waiting.

#include <functional>
#include <memory>

#include "core/communicator.h"
#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

/// The ranks that a launcher started this process with: MPI under mpirun and srun, else one. Tells
/// the console its rank. Throws EnvironmentError where Slurm started several tasks without PMI.
std::unique_ptr<Communicator> JoinRanks(Console& console);

/// A verb in two parts.
struct RankBody {
  /// Where it throws, it throws alike on every rank (core pieces run under AgreeOnErrors).
  std::function<void()> start;
  /// May throw on one rank alone; the job is then aborted on all.
  std::function<ExitCode()> run;
  /// Told, before anything else happens, how this rank ends. May be empty.
  std::function<void(ExitCode)> on_end;
};

/// Runs both parts and returns what this process should exit with. Rank 0 alone reports errors of
/// `start` and carries exit codes other than 0: launchers take the first that they see. Collective.
ExitCode RunOnRanks(Communicator& communicator, Console& console, const RankBody& body);

}  // namespace lockstep
