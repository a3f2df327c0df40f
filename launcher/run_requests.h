#pragma once

// How the outside asks something of a run: SIGUSR1, SIGTERM or the first Ctrl-C to end well,
// SIGUSR2 for a checkpoint now. The training loop looks once a step and tells the other ranks
// through the control words.

#include <atomic>
#include <thread>

#include "core/checkpoint/unique_file_descriptor.h"

namespace lockstep {

/// Blocks the four signals for the calling thread and all threads it starts later, and reads them
/// from a descriptor: no handler, no global flag. Make one before any other thread is started.
class RunRequests {
 public:
  /// Throws EnvironmentError where the system refuses a descriptor.
  RunRequests();
  ~RunRequests();
  RunRequests(const RunRequests&) = delete;
  RunRequests& operator=(const RunRequests&) = delete;

  /// Whether a signal has come that asks to stop. After the first one, Ctrl-C kills at once, also
  /// in the middle of a long step, evaluation or start. Thread-safe.
  bool StopRequested() const { return stop_; }
  /// Whether SIGUSR2 has come since the last call. Thread-safe.
  bool TakeCheckpointRequest() { return checkpoint_.exchange(false); }

 private:
  void Watch();
  void Note(int signal);

  UniqueFileDescriptor signals_;
  UniqueFileDescriptor end_;  ///< tells the watcher to end
  std::atomic<bool> stop_ = false;
  std::atomic<bool> checkpoint_ = false;
  std::thread watcher_;
};

}  // namespace lockstep
