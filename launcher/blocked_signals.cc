#include "launcher/blocked_signals.h"

namespace lockstep {

BlockedSignals::BlockedSignals(std::initializer_list<int> signals) {
  sigemptyset(&signals_);
  for (int signal : signals) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

BlockedSignals::~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> BlockedSignals::Next(std::chrono::milliseconds limit) const {
  const timespec time = {limit.count() / 1000, limit.count() % 1000 * 1000000};
  const int signal = sigtimedwait(&signals_, nullptr, &time);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace lockstep
