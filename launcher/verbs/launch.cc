#include "launcher/verbs/launch.h"

#include <unistd.h>

#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "core/plan/reduction_tree.h"
#include "launcher/argument_list.h"
#include "launcher/open_run.h"
#include "launcher/supervisor.h"

namespace lockstep {
namespace {

std::string LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "info";
}

/// What each start runs. A run directory that is named after the time of its start would be another
/// one after a restart.
void NameRunDirectory(const LaunchOptions& options, SupervisorOptions& supervised) {
  supervised.run_dir = options.train.run_dir;
  if (!supervised.run_dir.empty()) return;
  supervised.run_dir = DefaultRunDirectory(options.train.config);
  supervised.arguments = WithOption(supervised.arguments, "--run-dir", supervised.run_dir.string());
}

}  // namespace

ExitCode RunLaunch(const LaunchOptions& options, Console& console) {
  const Config config = LoadConfig(options.train.config, options.train.overrides);
  ValidateConfig(config);
  ReductionTree(config.shards(), options.ranks);
  SupervisorOptions supervised;
  supervised.launcher = ChooseJobLauncher(options.ranks, options.hosts);
  supervised.ranks = options.ranks;
  supervised.hosts = options.hosts;
  supervised.arguments = options.arguments;
  if (console.level() != LogLevel::kInfo) {
    supervised.arguments =
        WithOption(supervised.arguments, "--log-level", LogLevelName(console.level()));
  }
  NameRunDirectory(options, supervised);
  supervised.most_restarts = options.restarts;
  supervised.hang_timeout = std::chrono::duration<double>(config.hang_timeout());
  if (supervised.launcher == JobLauncher::kMpirun && geteuid() == 0) {
    console.Info(
        "as root: mpirun gets OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
  }
  return Supervisor(supervised, console).Run();
}

}  // namespace lockstep
