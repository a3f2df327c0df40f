#include "launcher/rank_sign.h"

#include <fmt/format.h>

#include <ctime>

namespace lockstep {

std::string NameOf(RankPhase phase) {
  switch (phase) {
    case RankPhase::kAbsent:
      return "absent";
    case RankPhase::kStarting:
      return "starting";
    case RankPhase::kLoading:
      return "loading";
    case RankPhase::kStepping:
      return "stepping";
    case RankPhase::kExchanging:
      return "exchanging";
    case RankPhase::kEvaluating:
      return "evaluating";
    case RankPhase::kSaving:
      return "saving";
    case RankPhase::kDone:
      return "done";
  }
  return "unknown";
}

std::chrono::nanoseconds MonotonicTime() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string TextOf(const RankSign& sign) {
  const std::chrono::duration<double> idle = MonotonicTime() - sign.time;
  return fmt::format(
      "rank {} ({}, process {}): {}, step {}, collective {}, last progress {:.1f} s ago", sign.rank,
      sign.host, sign.pid, NameOf(sign.phase), sign.step, sign.collective, idle.count());
}

}  // namespace lockstep
