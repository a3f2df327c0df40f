#include "launcher/job_start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "launcher/exit_code.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick(50);
/// What mpirun and srun get to end by themselves a job of which a rank has died, and watchdogs to
/// tell of a hang.
constexpr milliseconds kLauncherTime(3000);
/// What a rank that has failed takes to say so and to abort.
constexpr milliseconds kFailureTime(15000);
/// What launchers take once they are asked; Slurm's KillWait is 30 s.
constexpr milliseconds kMpirunTime(5000);
constexpr milliseconds kSrunTime(60000);
/// Ranks that have not shown themselves by then, for example on other hosts, get signals all the
/// same.
constexpr std::chrono::seconds kAppearanceTime(10);

/// A rank that has told how it ends does so by itself; one that has died or hangs is left to its
/// launcher and to the watchdogs of the others for a while.
milliseconds PatienceWith(const RankTrouble& trouble) {
  return trouble.exit_code ? kFailureTime : kLauncherTime;
}

milliseconds TerminationTimeOf(JobLauncher launcher) {
  switch (launcher) {
    case JobLauncher::kNone:  // takes SIGTERM for a wish to stop well
      return milliseconds(0);
    case JobLauncher::kMpirun:
      return kMpirunTime;
    case JobLauncher::kSrun:
      return kSrunTime;
  }
  return milliseconds(0);
}

}  // namespace

JobStart::JobStart(const RankCommand& command, std::chrono::duration<double> hang_timeout,
                   const JobStartParts& parts)
    : parts_(parts),
      page_(HeartbeatPage::MakeShared(command.ranks)),
      observer_(page_, hang_timeout),
      launcher_(command.launcher),
      command_(CommandOf(command)),
      process_(command_) {}

JobCommand JobStart::CommandOf(const RankCommand& command) const {
  JobCommand job = MakeJobCommand(command);
  job.environment.push_back(fmt::format("{}={}", kHeartbeatVariable, page_.address()));
  job.blocked_signals = parts_.signals.before();
  return job;
}

JobStartEnd JobStart::Run() {
  while (true) {
    if (const std::optional<int> signal = parts_.signals.Next(kTick)) Take(*signal);
    if (const std::optional<int> code = process_.Poll()) {
      LookBack(*code);
      process_.KillAll();
      return EndOf(*code);
    }
    PassOnRequests();
    LookAtRanks();
    EnforceEnd();
  }
}

void JobStart::Take(int signal) {
  if (signal == SIGUSR2) {
    checkpoint_requested_ = true;
    return;
  }
  if (stop_requested_ && signal != SIGUSR1) {
    ended_by_ = signal;
    parts_.console.Warning("asked again: the job ends at once");
    EndAfter(milliseconds(0));
    return;
  }
  if (stop_requested_) return;
  stop_requested_ = true;
  parts_.console.Info("asked to stop: the ranks finish their step and save a checkpoint");
}

// A rank that has not yet come to the place where it reads signals would die of them.
void JobStart::PassOnRequests() {
  if (!observer_.AllPresent() && Clock::now() - begun_ < kAppearanceTime) return;
  if (stop_requested_ && !stop_passed_on_) {
    process_.Signal(SIGUSR1);
    stop_passed_on_ = true;
  }
  if (checkpoint_requested_) process_.Signal(SIGUSR2);
  checkpoint_requested_ = false;
}

void JobStart::LookAtRanks() {
  if (trouble_ || ended_by_) return;
  trouble_ = observer_.Look();
  if (!trouble_) return;
  Tell(*trouble_);
  EndAfter(PatienceWith(*trouble_));
}

// Ranks end with their launcher: their death tells nothing where that was killed.
void JobStart::LookBack(int code) {
  if (!has_launcher() || !process_.killed()) LookAtRanks();
  if (!has_launcher() || trouble_ || ended_by_) return;
  const std::string& launcher = command_.words.front();
  if (process_.killed()) {
    parts_.console.Error(fmt::format("{} (process {}) was killed", launcher, process_.pid()));
  } else if (StartedNothing(code)) {
    parts_.console.Error(fmt::format("{} ended with code {} and started no rank here: {}", launcher,
                                     code, fmt::join(command_.words, " ")));
  }
}

bool JobStart::StartedNothing(int code) const {
  return has_launcher() && !process_.killed() && code != 0 && observer_.NonePresent();
}

void JobStart::Tell(const RankTrouble& trouble) {
  switch (trouble.kind) {
    case RankTrouble::Kind::kDied:
      return parts_.console.Error(fmt::format("{}: has died", TextOf(trouble.rank)));
    case RankTrouble::Kind::kHangs:
      return parts_.console.Error(
          fmt::format("{}: hangs, and the others wait for it", TextOf(trouble.rank)));
    case RankTrouble::Kind::kFailed:
      return;  // it has told its error itself
  }
}

void JobStart::EndAfter(milliseconds patience) {
  terminate_at_ = Clock::now() + patience;
  kill_at_ = *terminate_at_ + TerminationTimeOf(launcher_);
}

void JobStart::EnforceEnd() {
  if (terminate_at_ && Clock::now() >= *terminate_at_) {
    process_.Signal(SIGTERM);
    terminate_at_.reset();
  }
  if (kill_at_ && Clock::now() >= *kill_at_) process_.KillAll();
}

JobStartEnd JobStart::EndOf(int code) const {
  constexpr int kSignalled = 128;
  JobStartEnd end{code, std::nullopt, stop_requested_};
  if (ended_by_) {
    end.code = kSignalled + *ended_by_;
    return end;
  }
  if (!trouble_) {
    if (StartedNothing(code)) end.code = static_cast<int>(ExitCode::kUnavailable);
    return end;
  }
  end.failed_rank = trouble_->rank.rank;
  if (trouble_->kind == RankTrouble::Kind::kHangs) {
    end.code = static_cast<int>(ExitCode::kHang);
  } else if (trouble_->exit_code) {
    end.code = *trouble_->exit_code;
  } else if (code <= kSignalled) {
    // The launcher hides by which signal.
    end.code = kSignalled + SIGKILL;
  }
  return end;
}

}  // namespace lockstep
