#include "launcher/heartbeat.h"

#include <unistd.h>

#include <algorithm>

#include "core/checkpoint/process_identity.h"

namespace lockstep {

Heartbeat::Heartbeat(HeartbeatPage& page, int rank)
    : page_(page), slot_(page.slot(rank)), rank_(rank) {
  const std::string host = ThisProcess().host;
  const std::size_t length = std::min(host.size(), sizeof(slot_.host) - 1);
  std::copy_n(host.begin(), length, slot_.host);
  Enter(RankPhase::kStarting);
  slot_.pid.store(getpid(), std::memory_order_release);
}

void Heartbeat::Beat() { slot_.time.store(MonotonicTime().count(), std::memory_order_relaxed); }

void Heartbeat::Enter(RankPhase phase) {
  slot_.phase.store(static_cast<std::uint32_t>(phase), std::memory_order_relaxed);
  Beat();
}

void Heartbeat::StepIsDone(std::int64_t step) {
  slot_.step.store(step, std::memory_order_relaxed);
  Beat();
}

void Heartbeat::ExchangeBegins() {
  slot_.begun.fetch_add(1, std::memory_order_relaxed);
  Beat();
}

void Heartbeat::ExchangeEnds() {
  slot_.ended.fetch_add(1, std::memory_order_release);
  Beat();
}

void Heartbeat::RecordEnd(ExitCode code) {
  std::int32_t none = 0;
  const auto number = static_cast<std::int32_t>(code);
  if (!slot_.exit_code.compare_exchange_strong(none, number + 1)) return;
  if (code != ExitCode::kDone) page_.RecordFailure({rank_, number});
}

}  // namespace lockstep
