#include "launcher/run_requests.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "core/errors.h"

namespace lockstep {
namespace {

sigset_t SetOf(std::initializer_list<int> numbers) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : numbers) sigaddset(&signals, number);
  return signals;
}

UniqueFileDescriptor Checked(std::string_view call, int descriptor) {
  if (descriptor >= 0) return UniqueFileDescriptor(descriptor);
  throw EnvironmentError(
      fmt::format("{}: {}; nothing could be asked of the run", call, std::strerror(errno)));
}

}  // namespace

RunRequests::RunRequests() {
  const sigset_t signals = SetOf({SIGUSR1, SIGUSR2, SIGTERM, SIGINT});
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signals_ = Checked("signalfd", signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  end_ = Checked("eventfd", eventfd(0, EFD_CLOEXEC));
  watcher_ = std::thread([this] { Watch(); });
}

RunRequests::~RunRequests() {
  eventfd_write(end_.get(), 1);
  watcher_.join();
}

void RunRequests::Watch() {
  std::array<pollfd, 2> descriptors = {pollfd{signals_.get(), POLLIN, 0},
                                       pollfd{end_.get(), POLLIN, 0}};
  while (descriptors[1].revents == 0) {
    poll(descriptors.data(), descriptors.size(), -1);
    signalfd_siginfo info;
    if (read(signals_.get(), &info, sizeof(info)) != sizeof(info)) continue;
    Note(static_cast<int>(info.ssi_signo));
  }
}

void RunRequests::Note(int signal) {
  if (signal == SIGUSR2) {
    checkpoint_ = true;
    return;
  }
  stop_ = true;
  // A signal to the process goes to any thread that does not block it: this one, which dies of it.
  const sigset_t interrupt = SetOf({SIGINT});
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
}

}  // namespace lockstep
