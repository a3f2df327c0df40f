#pragma once

// The words and variables of a process about to be started, as execve(2) takes them.

#include <string>
#include <vector>

namespace lockstep {

/// Pointers to `words` and a null behind them; valid as long as `words` is unchanged.
std::vector<char*> ExecPointers(const std::vector<std::string>& words);

/// This process's variables with `added`, NAME=VALUE each, which replace those of their names.
std::vector<std::string> EnvironmentWith(const std::vector<std::string>& added);

}  // namespace lockstep
