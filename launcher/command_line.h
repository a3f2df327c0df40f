#pragma once

// The program's command line: which verbs there are, what they take, and what they do with it.

#include <span>

#include "launcher/exit_code.h"

namespace lockstep {

/// Runs what `arguments` (argv) ask for. Prints errors and returns their exit code; never throws.
ExitCode RunCommandLine(std::span<char* const> arguments);

}  // namespace lockstep
