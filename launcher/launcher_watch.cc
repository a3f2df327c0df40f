#include "launcher/launcher_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "comm/communicators.h"
#include "core/errors.h"
#include "launcher/exit_code.h"

namespace lockstep {
namespace {

/// For kernels before 5.3, which have no pidfd: how often the parent is looked at.
constexpr int kTickMilliseconds = 1000;

/// A descriptor that is readable once `process` has ended.
UniqueFileDescriptor OpenProcess(pid_t process) {
  return UniqueFileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
}

[[noreturn]] void EndWithLauncher() {
  constexpr std::string_view kText =
      "lockstep: error: the launcher of this rank has ended, and so does the rank\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kText.data(), kText.size());
  _exit(static_cast<int>(ExitCode::kUnavailable));
}

}  // namespace

LauncherWatch::LauncherWatch(std::optional<pid_t> supervisor)
    : launcher_(getppid()), launcher_ends_(OpenProcess(launcher_)), end_(eventfd(0, EFD_CLOEXEC)) {
  if (!supervisor && !StartedByLauncher()) return;
  if (end_.get() < 0) {
    throw EnvironmentError(std::string("eventfd: ") + std::strerror(errno) +
                           "; the end of the launcher could not be watched for");
  }
  if (supervisor) {
    supervisor_ends_ = OpenProcess(*supervisor);
    if (supervisor_ends_.get() < 0 && errno == ESRCH) EndWithLauncher();
  }
  thread_ = std::thread([this] { Watch(); });
}

LauncherWatch::~LauncherWatch() {
  if (!thread_.joinable()) return;
  eventfd_write(end_.get(), 1);
  thread_.join();
}

void LauncherWatch::Watch() {
  std::array<pollfd, 3> ends = {pollfd{end_.get(), POLLIN, 0},
                                pollfd{launcher_ends_.get(), POLLIN, 0},
                                pollfd{supervisor_ends_.get(), POLLIN, 0}};  // -1 is passed over
  while (true) {
    poll(ends.data(), ends.size(), kTickMilliseconds);
    if (ends[0].revents != 0) return;
    if (ends[1].revents != 0 || ends[2].revents != 0 || getppid() != launcher_) EndWithLauncher();
  }
}

}  // namespace lockstep
