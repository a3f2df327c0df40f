#include "launcher/restart_policy.h"

#include <fmt/format.h>

#include "launcher/exit_code.h"

namespace lockstep {

bool MayPassOnRestart(int code) {
  constexpr int kSignalled = 128;
  if (code > kSignalled) return true;
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::kFailed:
    case ExitCode::kUnavailable:
    case ExitCode::kHang:
      return true;
    case ExitCode::kDone:
    case ExitCode::kUsage:
    case ExitCode::kConfig:
    case ExitCode::kData:
    case ExitCode::kInputMissing:
    case ExitCode::kBug:
    case ExitCode::kOutput:
    case ExitCode::kIo:
    case ExitCode::kPermission:
    case ExitCode::kEnvironment:
    case ExitCode::kPreempted:
    case ExitCode::kDiverged:
    case ExitCode::kReplicasDiffer:
      return false;
  }
  return false;
}

RestartPolicy::RestartPolicy(const RestartPolicyOptions& options)
    : options_(options), ranks_(options.ranks), step_(options.step) {}

RestartDecision RestartPolicy::After(const JobEnd& end) {
  if (!MayPassOnRestart(end.code)) return {};
  CountProgress(end);
  if (options_.most_restarts && restarts_ >= *options_.most_restarts) {
    return {false, ranks_, fmt::format("--restarts {} is used up", restarts_)};
  }
  if (without_progress_ >= kMostWithoutProgress) {
    return {false, ranks_,
            fmt::format("{} restarts in a row brought no new checkpoint", without_progress_)};
  }
  RestartDecision decision{true, ranks_, ""};
  if (end.failed_rank && end.failed_rank == last_failed_ && ranks_ > 1) {
    --ranks_;
    decision = {true, ranks_, fmt::format("rank {} does not come back", *end.failed_rank)};
    last_failed_.reset();
  } else {
    last_failed_ = end.failed_rank;
  }
  ++restarts_;
  ++without_progress_;
  return decision;
}

void RestartPolicy::CountProgress(const JobEnd& end) {
  if (end.step <= step_) return;
  step_ = end.step;
  without_progress_ = 0;
  last_failed_.reset();
}

}  // namespace lockstep
