#pragma once

// A crash at a chosen moment: what a test of commits lets happen at every moment in turn.

#include <cstdint>
#include <functional>

namespace lockstep {

enum class End : std::uint8_t { kKilled, kEndedWell, kFailed, kNotAllowed };

/// Runs `body` in a child process and kills it as it returns from its `calls`-th system call.
/// kEndedWell where it made fewer, kFailed where it threw, kNotAllowed where this machine lets
/// nobody trace a process.
End RunAndKillAfter(int calls, const std::function<void()>& body);

/// From now on this process meets a file system that cannot exchange two names: renameat2 with
/// RENAME_EXCHANGE fails with EINVAL. Throws std::runtime_error where the system refuses the
/// filter.
void ForbidExchange();

}  // namespace lockstep
