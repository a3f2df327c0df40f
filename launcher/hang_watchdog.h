#pragma once

// The thread of a rank that ends a hang: with plain mpirun or srun nobody else would, and under a
// supervisor it alone can say what each thread of the process waits for.

#include <atomic>
#include <chrono>
#include <thread>

#include "core/checkpoint/unique_file_descriptor.h"
#include "core/communicator.h"
#include "launcher/heartbeat.h"

namespace lockstep {

/// Where the heartbeat stands still for the time-out, prints it with the stack of every thread on
/// standard error and ends the job with exit code 87. Only time in which this process runs counts:
/// a job that was suspended goes on afterwards. It is not in the way of a step.
class HangWatchdog {
 public:
  /// Of `hang_timeout` in the schema.
  static constexpr std::chrono::duration<double> kDefaultTimeout = std::chrono::seconds(300);

  /// Watches from now on, for kDefaultTimeout. `heartbeat` outlives this. Throws EnvironmentError
  /// where the system refuses a descriptor.
  explicit HangWatchdog(Heartbeat& heartbeat);
  ~HangWatchdog();
  HangWatchdog(const HangWatchdog&) = delete;
  HangWatchdog& operator=(const HangWatchdog&) = delete;

  /// 0: never. Thread-safe.
  void SetTimeout(std::chrono::duration<double> timeout) { timeout_ = timeout.count(); }
  /// From now on a hang is ended on all ranks of `communicator`, or where it is null, by the end of
  /// this process alone. Thread-safe.
  void EndThrough(Communicator* communicator) { communicator_ = communicator; }

 private:
  void Watch();
  [[noreturn]] void EndJob();

  Heartbeat& heartbeat_;
  std::atomic<double> timeout_ = kDefaultTimeout.count();  ///< seconds
  std::atomic<Communicator*> communicator_ = nullptr;
  UniqueFileDescriptor end_;  ///< tells the thread to end
  std::thread thread_;        ///< last: it uses the others
};

}  // namespace lockstep
