#pragma once

// Child processes for tests: the program as a user starts it, with a time-out, so that a hang fails
// instead of hanging the suite.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

struct ProcessOptions {
  /// NAME=VALUE each, added to this process's environment.
  std::vector<std::string> environment;
  /// Empty: this process's.
  std::filesystem::path directory;
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + n where signal n ended the process
  std::string out;
  std::string err;
  bool timed_out = false;  ///< it was killed; exit_code is 137
};

/// A process group of its own; the destructor kills what is left of it. Not thread-safe.
class Process {
 public:
  /// `command[0]` is a path or is found in PATH. Throws std::system_error where it cannot be
  /// started.
  explicit Process(const std::vector<std::string>& command, const ProcessOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  /// To the process alone.
  void Signal(int signal) const;
  /// To the process and all it started that has not left its group.
  void SignalGroup(int signal) const;
  /// What standard output and error hold so far.
  std::string out() const;
  std::string err() const;
  bool running();
  /// Waits for the end, and kills the group after `limit`.
  ProcessResult Wait(std::chrono::seconds limit = std::chrono::seconds(120));

 private:
  bool Reap();

  pid_t pid_ = -1;
  int out_file_ = -1;
  int err_file_ = -1;
  std::optional<int> status_;  // of waitpid, once it has ended
};

/// Runs `command` to its end.
ProcessResult RunProcess(const std::vector<std::string>& command,
                         const ProcessOptions& options = {},
                         std::chrono::seconds limit = std::chrono::seconds(120));

/// The program under test with `arguments`.
ProcessResult RunLockstep(const std::vector<std::string>& arguments,
                          const ProcessOptions& options = {},
                          std::chrono::seconds limit = std::chrono::seconds(120));

}  // namespace lockstep
