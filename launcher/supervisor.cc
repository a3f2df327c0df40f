#include "launcher/supervisor.h"

#include <fmt/format.h>

#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/run_paths.h"
#include "launcher/argument_list.h"
#include "launcher/counted.h"

namespace lockstep {

Supervisor::Supervisor(const SupervisorOptions& options, Console& console)
    : options_(options),
      console_(console),
      signals_({SIGINT, SIGTERM, SIGUSR1, SIGUSR2}),
      policy_({options.ranks, NewestStep(), options.most_restarts}) {}

ExitCode Supervisor::Run() {
  int ranks = options_.ranks;
  while (true) {
    const JobStartEnd end = Start(ranks);
    if (end.stop_requested) return static_cast<ExitCode>(end.code);
    const RestartDecision decision = policy_.After({end.code, end.failed_rank, NewestStep()});
    TellRestart(end, decision);
    if (!decision.restart) return static_cast<ExitCode>(end.code);
    ranks = decision.ranks;
    options_.arguments = WithOption(options_.arguments, "--resume", "auto");
  }
}

JobStartEnd Supervisor::Start(int ranks) {
  const RankCommand command{options_.launcher, ranks, options_.hosts, options_.arguments};
  return JobStart(command, options_.hang_timeout, {signals_, console_}).Run();
}

std::int64_t Supervisor::NewestStep() const {
  const CheckpointStore store(RunPaths{options_.run_dir}.checkpoints());
  const auto checkpoints = store.List();
  return checkpoints.empty() ? -1 : checkpoints.back().step;
}

void Supervisor::TellRestart(const JobStartEnd& end, const RestartDecision& decision) {
  const std::string why = decision.why.empty() ? "" : decision.why + "; ";
  if (!decision.restart) {
    if (!why.empty()) console_.Error(fmt::format("{}the job ends with code {}", why, end.code));
    return;
  }
  const std::int64_t step = NewestStep();
  console_.Warning(fmt::format(
      "the job ended with code {}; {}restart {} on {} from {}", end.code, why, policy_.restarts(),
      Counted(decision.ranks, "rank"),
      step < 0 ? std::string("the beginning") : fmt::format("the checkpoint of step {}", step)));
}

}  // namespace lockstep
