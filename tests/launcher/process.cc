#include "tests/launcher/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include "launcher/exec_words.h"

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kPollInterval(5);
constexpr int kCannotExecute = 127;

// Output goes to files in memory instead of pipes: nobody must read along, and a grandchild that
// keeps them open delays nothing.
int NewOutputFile(const char* name) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  return file;
}

std::string ReadWhole(int file) {
  struct stat status = {};
  if (fstat(file, &status) != 0) return "";
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t read = pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(read < 0 ? 0 : read));
  return text;
}

// What the child runs between fork and exec: system calls alone.
struct ChildPlan {
  std::vector<char*> command;
  std::vector<char*> environment;
  const char* directory;
  int out_file;
  int err_file;
};

[[noreturn]] void ExecuteChild(const ChildPlan& plan) {
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  if (dup2(nothing, STDIN_FILENO) < 0 || dup2(plan.out_file, STDOUT_FILENO) < 0 ||
      dup2(plan.err_file, STDERR_FILENO) < 0 ||
      (*plan.directory != '\0' && chdir(plan.directory) != 0)) {
    _exit(kCannotExecute);
  }
  execvpe(plan.command[0], plan.command.data(), plan.environment.data());
  _exit(kCannotExecute);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const ProcessOptions& options)
    : out_file_(NewOutputFile("out")), err_file_(NewOutputFile("err")) {
  const std::vector<std::string> environment = EnvironmentWith(options.environment);
  const ChildPlan plan{ExecPointers(command), ExecPointers(environment), options.directory.c_str(),
                       out_file_, err_file_};
  pid_ = fork();
  if (pid_ == 0) ExecuteChild(plan);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  // Also here, so that a signal to the group right after the start finds it.
  setpgid(pid_, pid_);
}

Process::~Process() {
  if (pid_ > 0) {
    // A process that has been reaped may still have left children in its group.
    killpg(pid_, SIGKILL);
    if (!status_) waitpid(pid_, nullptr, 0);
  }
  close(out_file_);
  close(err_file_);
}

void Process::Signal(int signal) const { kill(pid_, signal); }

void Process::SignalGroup(int signal) const { killpg(pid_, signal); }

std::string Process::out() const { return ReadWhole(out_file_); }

std::string Process::err() const { return ReadWhole(err_file_); }

bool Process::running() { return !Reap(); }

bool Process::Reap() {
  if (status_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
}

ProcessResult Process::Wait(std::chrono::seconds limit) {
  ProcessResult result;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!Reap()) {
    if (!result.timed_out && std::chrono::steady_clock::now() > deadline) {
      result.timed_out = true;
      SignalGroup(SIGKILL);
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  result.exit_code = WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
  result.out = out();
  result.err = err();
  return result;
}

ProcessResult RunProcess(const std::vector<std::string>& command, const ProcessOptions& options,
                         std::chrono::seconds limit) {
  return Process(command, options).Wait(limit);
}

ProcessResult RunLockstep(const std::vector<std::string>& arguments, const ProcessOptions& options,
                          std::chrono::seconds limit) {
  std::vector<std::string> command = {LOCKSTEP_BINARY_DIR "/lockstep"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunProcess(command, options, limit);
}

}  // namespace lockstep
