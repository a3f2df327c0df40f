// Which environment variables say that this process is one rank of several.

#include <fmt/format.h>

#include <cstdlib>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

/// mpirun (Open MPI), any PMIx server (srun --mpi=pmix), PMI-1 and PMI-2 (MPICH, srun --mpi=pmi2).
constexpr const char* kRankVariables[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};

/// Tasks of the Slurm step that this process belongs to; 1 outside of a step. SLURM_NTASKS would
/// not do: a batch script has it too, and a program that the script calls without srun is one
/// process.
int TasksOfSlurmStep() {
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  const char* process = std::getenv("SLURM_PROCID");
  return tasks == nullptr || process == nullptr ? 1 : std::atoi(tasks);
}

}  // namespace

bool StartedByLauncher() {
  for (const char* variable : kRankVariables) {
    if (std::getenv(variable) != nullptr) return true;
  }
  const int tasks = TasksOfSlurmStep();
  if (tasks > 1) {
    throw EnvironmentError(fmt::format(
        "Slurm started {} tasks (SLURM_STEP_NUM_TASKS) without a process management interface: "
        "they cannot find each other; start them with `srun --mpi=pmix`, or one with `srun -n 1`",
        tasks));
  }
  return false;
}

}  // namespace lockstep
