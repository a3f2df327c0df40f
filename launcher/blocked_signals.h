#pragma once

// Signals as a queue that is read, for a program of one thread: no handler, no global flag.

#include <chrono>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace lockstep {

/// Blocks the signals for the calling thread, and for those that it starts, while this lives.
class BlockedSignals {
 public:
  explicit BlockedSignals(std::initializer_list<int> signals);
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  /// The next signal that has come, or none within `limit`.
  std::optional<int> Next(std::chrono::milliseconds limit) const;
  /// What was blocked before: for a child that is to start as this process did.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t signals_ = {};
  sigset_t before_ = {};
};

}  // namespace lockstep
