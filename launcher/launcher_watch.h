#pragma once

// No rank outlives its job: neither mpirun nor the supervisor need be alive to end it.

#include <sys/types.h>

#include <optional>
#include <thread>

#include "core/checkpoint/unique_file_descriptor.h"

namespace lockstep {

/// Ends this process with exit code 69 as soon as the process that started it, or the supervisor
/// above that, has ended, however that happened. Does nothing in a process that a person started.
class LauncherWatch {
 public:
  /// `supervisor`: its process number, where there is one on this host. Throws EnvironmentError
  /// where the system refuses a descriptor, and as StartedByLauncher does.
  explicit LauncherWatch(std::optional<pid_t> supervisor);
  ~LauncherWatch();
  LauncherWatch(const LauncherWatch&) = delete;
  LauncherWatch& operator=(const LauncherWatch&) = delete;

 private:
  void Watch();

  pid_t launcher_;                        ///< the parent
  UniqueFileDescriptor launcher_ends_;    ///< pidfd
  UniqueFileDescriptor supervisor_ends_;  ///< pidfd, or none
  UniqueFileDescriptor end_;              ///< tells the thread to end
  std::thread thread_;                    ///< last: it uses the others
};

}  // namespace lockstep
