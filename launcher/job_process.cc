#include "launcher/job_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

#include "core/errors.h"
#include "launcher/exec_words.h"
#include "launcher/exit_code.h"

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kPollInterval(2);
constexpr std::chrono::seconds kDeathTime(10);

/// What the child needs between fork and exec, where it may do no more than system calls.
struct ChildPlan {
  std::vector<char*> words;
  std::vector<char*> environment;
  const JobCommand& command;
  pid_t parent;
};

[[noreturn]] void ExecuteChild(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, plan.command.signal_at_our_end);
  if (getppid() != plan.parent) _exit(static_cast<int>(ExitCode::kUnavailable));
  // A process group in the background that reads from the terminal would be stopped.
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  pthread_sigmask(SIG_SETMASK, &plan.command.blocked_signals, nullptr);
  execvpe(plan.words[0], plan.words.data(), plan.environment.data());
  constexpr std::string_view kText = "lockstep: error: the launcher cannot be started\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kText.data(), kText.size());
  _exit(static_cast<int>(ExitCode::kEnvironment));
}

/// The parent of `process` (proc(5)); 0 where there is none any more.
pid_t ParentOf(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  std::getline(file, text);
  // The name, in parentheses, may hold anything.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || text.size() < name_end + 4) return 0;
  return std::atoi(text.c_str() + name_end + 4);
}

void KillChildren() {
  std::error_code lost;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", lost)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (ParentOf(name) == getpid()) kill(std::atoi(name.c_str()), SIGKILL);
  }
}

}  // namespace

JobProcess::JobProcess(const JobCommand& command) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::vector<std::string> environment = EnvironmentWith(command.environment);
  const ChildPlan plan{ExecPointers(command.words), ExecPointers(environment), command, getpid()};
  pid_ = fork();
  if (pid_ == 0) ExecuteChild(plan);
  if (pid_ < 0) {
    throw EnvironmentError(fmt::format("fork failed: {}; {} could not be started",
                                       std::strerror(errno), command.words.front()));
  }
}

JobProcess::~JobProcess() { KillAll(); }

void JobProcess::Signal(int signal) const {
  if (!end_) kill(pid_, signal);
}

std::optional<int> JobProcess::Poll() {
  Reap();
  return end_;
}

// Killing a parent makes its children ours, so this takes as many rounds as the tree is deep.
void JobProcess::KillAll() {
  const auto deadline = std::chrono::steady_clock::now() + kDeathTime;
  while (Reap() && std::chrono::steady_clock::now() < deadline) {
    KillChildren();
    std::this_thread::sleep_for(kPollInterval);
  }
}

bool JobProcess::Reap() {
  while (true) {
    int status = 0;
    const pid_t child = waitpid(-1, &status, WNOHANG);
    if (child == 0) return true;
    if (child < 0) return errno != ECHILD;
    if (child != pid_) continue;
    killed_ = WIFSIGNALED(status);
    end_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

}  // namespace lockstep
