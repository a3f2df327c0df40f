#include "tests/core/checkpoint/killed_process.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <stdexcept>

namespace lockstep {
namespace {

constexpr int kExitOfFailure = 1;
constexpr int kExitNotAllowed = 2;
/// What PTRACE_O_TRACESYSGOOD makes of the stop at a system call.
constexpr int kSystemCallStop = SIGTRAP | 0x80;

[[noreturn]] void RunChild(const std::function<void()>& body) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kExitNotAllowed);
  raise(SIGSTOP);
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    _exit(kExitOfFailure);
  }
  _exit(0);
}

End EndOf(int status) {
  if (WIFSIGNALED(status)) return End::kKilled;
  if (WEXITSTATUS(status) == kExitNotAllowed) return End::kNotAllowed;
  return WEXITSTATUS(status) == 0 ? End::kEndedWell : End::kFailed;
}

}  // namespace

End RunAndKillAfter(int calls, const std::function<void()>& body) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) RunChild(body);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return EndOf(status);
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  // A system call stops the child twice, before and behind it.
  int stops = 0;
  int signal = 0;
  while (WIFSTOPPED(status)) {
    if (stops == 2 * calls) kill(child, SIGKILL);
    ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    waitpid(child, &status, 0);
    const bool at_call = WIFSTOPPED(status) && WSTOPSIG(status) == kSystemCallStop;
    if (at_call) ++stops;
    signal = WIFSTOPPED(status) && !at_call ? WSTOPSIG(status) : 0;
  }
  return EndOf(status);
}

void ForbidExchange() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[4])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RENAME_EXCHANGE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw std::runtime_error("this system refuses a filter of system calls");
  }
}

}  // namespace lockstep
