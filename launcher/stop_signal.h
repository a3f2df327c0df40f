#pragma once

// How the outside asks a run to end well: SIGUSR1, SIGTERM or the first Ctrl-C. The trainer looks
// once a step and tells the other ranks through the control words.

namespace lockstep {

/// Blocks the three signals for the calling thread and all threads it starts later, and reads them
/// from a descriptor: no handler, no global flag. Make one before any other thread is started.
class StopSignal {
 public:
  /// Throws EnvironmentError where the system refuses a signal descriptor.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Whether a signal has come since this was made. After the first Ctrl-C the next one kills at
  /// once.
  bool Requested();

 private:
  int descriptor_ = -1;
  bool requested_ = false;
};

}  // namespace lockstep
