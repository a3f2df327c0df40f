#include "launcher/thread_stacks.h"

#include <dirent.h>
#include <execinfo.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace lockstep {
namespace {

constexpr int kMostFrames = 64;
constexpr std::chrono::milliseconds kAnswerTime(500);
constexpr std::chrono::milliseconds kPollInterval(2);

/// Filled by the handler on the thread that it interrupts.
struct StackAnswer {
  std::array<void*, kMostFrames> frames = {};
  int count = 0;
  std::atomic<bool> done = false;
};

int StackSignal() { return SIGRTMIN; }

void AnswerWithStack(int, siginfo_t* info, void*) {
  if (info->si_code != SI_QUEUE || info->si_pid != getpid()) return;
  const int error_number = errno;
  auto& answer = *static_cast<StackAnswer*>(info->si_value.sival_ptr);
  answer.count = backtrace(answer.frames.data(), kMostFrames);
  answer.done.store(true, std::memory_order_release);
  errno = error_number;
}

void InstallHandler() {
  struct sigaction action = {};
  action.sa_sigaction = AnswerWithStack;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(StackSignal(), &action, nullptr);
}

bool Ask(pid_t thread, StackAnswer& answer) {
  siginfo_t info = {};
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = &answer;
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, StackSignal(), &info) == 0;
}

bool WaitFor(const StackAnswer& answer) {
  const auto deadline = std::chrono::steady_clock::now() + kAnswerTime;
  while (!answer.done.load(std::memory_order_acquire)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

void WriteText(int descriptor, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(descriptor, text.data(), text.size());
}

std::string NameOfThread(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/comm";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 32> name = {};
  const ssize_t length = file < 0 ? 0 : read(file, name.data(), name.size());
  if (file >= 0) close(file);
  return std::string(name.data(), length > 0 ? static_cast<std::size_t>(length) - 1 : 0);
}

std::vector<pid_t> OtherThreads() {
  std::vector<pid_t> threads;
  std::error_code lost;
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", lost)) {
    const pid_t thread = std::atoi(entry.path().filename().c_str());
    if (thread != self) threads.push_back(thread);
  }
  return threads;
}

void WriteStack(int descriptor, pid_t thread) {
  WriteText(descriptor, "  thread " + std::to_string(thread) + " (" + NameOfThread(thread) + ")\n");
  auto answer = std::make_unique<StackAnswer>();
  if (Ask(thread, *answer) && WaitFor(*answer)) {
    backtrace_symbols_fd(answer->frames.data(), answer->count, descriptor);
    return;
  }
  WriteText(descriptor, "    does not answer\n");
  // It may still do so.
  static_cast<void>(answer.release());
}

}  // namespace

void PrepareThreadStacks() {
  std::array<void*, 2> frames = {};
  backtrace(frames.data(), static_cast<int>(frames.size()));
}

void WriteThreadStacks(int descriptor) {
  InstallHandler();
  for (pid_t thread : OtherThreads()) WriteStack(descriptor, thread);
}

}  // namespace lockstep
