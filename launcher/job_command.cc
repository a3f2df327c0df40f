#include "launcher/job_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

bool IsInPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = (folder.empty() ? "." : folder) + "/" + program;
    if (access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string ThisProgram() {
  std::error_code unknown;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return unknown ? "lockstep" : path.string();
}

// What mpirun would say of ranks that end, the supervisor says. A rank takes the threads that the
// config says; a core each, as launchers like it, would starve them. More ranks than cores are slow
// but give the same bits.
std::vector<std::string> MpirunWords(const RankCommand& command) {
  std::vector<std::string> words = {"mpirun",
                                    "--quiet",
                                    "--oversubscribe",
                                    "--bind-to",
                                    "none",
                                    "-n",
                                    std::to_string(command.ranks)};
  if (!command.hosts.empty()) {
    words.insert(words.end(), {"--host", fmt::format("{}", fmt::join(command.hosts, ","))});
  }
  return words;
}

std::vector<std::string> SrunWords(const RankCommand& command) {
  std::vector<std::string> words = {"srun",
                                    "--mpi=pmix",
                                    "--cpu-bind=none",
                                    "--kill-on-bad-exit=1",
                                    "--ntasks",
                                    std::to_string(command.ranks)};
  if (!command.hosts.empty()) {
    words.insert(words.end(), {"--nodelist", fmt::format("{}", fmt::join(command.hosts, ","))});
  }
  return words;
}

std::vector<std::string> LauncherWords(const RankCommand& command) {
  switch (command.launcher) {
    case JobLauncher::kNone:
      return {};
    case JobLauncher::kMpirun:
      return MpirunWords(command);
    case JobLauncher::kSrun:
      return SrunWords(command);
  }
  return {};
}

}  // namespace

JobLauncher ChooseJobLauncher(int ranks, const std::vector<std::string>& hosts) {
  if (StartedByLauncher()) {
    throw EnvironmentError(
        "launch starts the ranks itself, and was itself started by mpirun or srun: call it once, "
        "without them");
  }
  if (std::getenv("SLURM_JOB_ID") != nullptr && IsInPath("srun")) return JobLauncher::kSrun;
  if (ranks == 1 && hosts.empty()) return JobLauncher::kNone;
  if (IsInPath("mpirun")) return JobLauncher::kMpirun;
  throw EnvironmentError(fmt::format(
      "mpirun: expected in PATH to start {} ranks, not found; install Open MPI (Debian: "
      "openmpi-bin), add its folder to PATH, or train on one rank with -n 1",
      ranks));
}

JobCommand MakeJobCommand(const RankCommand& command) {
  JobCommand job;
  job.words = LauncherWords(command);
  job.words.push_back(ThisProgram());
  job.words.insert(job.words.end(), command.arguments.begin(), command.arguments.end());
  if (command.launcher != JobLauncher::kNone) job.signal_at_our_end = SIGTERM;
  if (command.launcher == JobLauncher::kMpirun && geteuid() == 0) {
    job.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  }
  return job;
}

}  // namespace lockstep
