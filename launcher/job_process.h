#pragma once

// The processes of a job as its supervisor holds them: a launcher in a process group of its own,
// and whatever it starts.

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

struct JobCommand {
  std::vector<std::string> words;        ///< the program, found in PATH, and its arguments
  std::vector<std::string> environment;  ///< NAME=VALUE each, added to this process's
  /// What the first process gets where this one ends without a word: SIGTERM where it is a launcher
  /// that then ends its ranks, else SIGKILL.
  int signal_at_our_end = SIGKILL;
  sigset_t blocked_signals = {};  ///< of the first process
};

/// Not thread-safe; one at a time, in a process that has no other children: descendants whose
/// parents end become children of this process (PR_SET_CHILD_SUBREAPER of prctl(2)), and every
/// child is taken to belong to the job.
class JobProcess {
 public:
  /// Throws EnvironmentError where no process can be started.
  explicit JobProcess(const JobCommand& command);
  /// KillAll.
  ~JobProcess();
  JobProcess(const JobProcess&) = delete;
  JobProcess& operator=(const JobProcess&) = delete;

  pid_t pid() const { return pid_; }
  /// To the first process.
  void Signal(int signal) const;
  /// What the first process ended with, 128 + n for signal n; nothing while it lives.
  std::optional<int> Poll();
  /// Whether a signal ended the first process.
  bool killed() const { return killed_; }
  /// SIGKILL for every process of the job that is left. Returns when none is, or when one has not
  /// died for ten seconds (in a system call that waits for a broken disk).
  void KillAll();

 private:
  /// Whether there is still a child.
  bool Reap();

  pid_t pid_ = -1;
  std::optional<int> end_;
  bool killed_ = false;
};

}  // namespace lockstep
