#include "launcher/hang_watchdog.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/errors.h"
#include "launcher/exit_code.h"
#include "launcher/thread_stacks.h"

namespace lockstep {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kTick(100);
/// MPI_Abort talks to the launcher, which may be what hangs.
constexpr std::chrono::seconds kAbortTime(3);

}  // namespace

HangWatchdog::HangWatchdog(Heartbeat& heartbeat)
    : heartbeat_(heartbeat), end_(eventfd(0, EFD_CLOEXEC)) {
  if (end_.get() < 0) {
    throw EnvironmentError(
        fmt::format("eventfd: {}; a hang could not be watched for", std::strerror(errno)));
  }
  PrepareThreadStacks();
  thread_ = std::thread([this] { Watch(); });
}

HangWatchdog::~HangWatchdog() {
  eventfd_write(end_.get(), 1);
  thread_.join();
}

void HangWatchdog::Watch() {
  pollfd end = {end_.get(), POLLIN, 0};
  nanoseconds last_progress = heartbeat_.Sign().time;
  nanoseconds before = MonotonicTime();
  nanoseconds idle{0};
  while (poll(&end, 1, static_cast<int>(kTick.count())) <= 0) {
    const nanoseconds now = MonotonicTime();
    const nanoseconds progress = heartbeat_.Sign().time;
    // A longer pause than a tick is one in which this process was stopped.
    idle = progress == last_progress ? idle + std::min<nanoseconds>(now - before, 2 * kTick)
                                     : nanoseconds(0);
    last_progress = progress;
    before = now;
    const std::chrono::duration<double> timeout(timeout_.load());
    if (timeout.count() > 0 && idle >= timeout) EndJob();
  }
}

void HangWatchdog::EndJob() {
  heartbeat_.RecordEnd(ExitCode::kHang);
  const std::string text = fmt::format(
      "lockstep: error: no progress for {} s (hang_timeout)\n  {}\n"
      "  its threads (c++filt makes names readable):\n",
      timeout_.load(), TextOf(heartbeat_.Sign()));
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  WriteThreadStacks(STDERR_FILENO);
  std::thread([] {
    std::this_thread::sleep_for(kAbortTime);
    _exit(static_cast<int>(ExitCode::kHang));
  }).detach();
  Communicator* communicator = communicator_;
  if (communicator != nullptr) {
    communicator->Abort("no progress", static_cast<int>(ExitCode::kHang));
  }
  _exit(static_cast<int>(ExitCode::kHang));
}

}  // namespace lockstep
