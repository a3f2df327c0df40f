#pragma once

// How the outside asks a run to end well: SIGUSR1, SIGTERM or the first Ctrl-C. The trainer looks
// once a step and tells the other ranks through the control words.

#include <atomic>
#include <thread>

#include "core/checkpoint/unique_file_descriptor.h"

namespace lockstep {

/// Blocks the three signals for the calling thread and all threads it starts later, and reads them
/// from a descriptor: no handler, no global flag. Make one before any other thread is started.
class StopSignal {
 public:
  /// Throws EnvironmentError where the system refuses a descriptor.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Whether a signal has come since this was made. After the first one, Ctrl-C kills at once, also
  /// in the middle of a long step, evaluation or start. Thread-safe.
  bool Requested() const { return requested_; }

 private:
  void Watch();

  UniqueFileDescriptor signals_;
  UniqueFileDescriptor end_;  ///< tells the watcher to end
  std::atomic<bool> requested_ = false;
  std::thread watcher_;
};

}  // namespace lockstep
