#pragma once

// `lockstep validate`: a config, its data set and this machine, without training.

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct ValidateOptions {
  std::filesystem::path config;
  std::vector<std::string> overrides;  ///< key=value
  bool json = false;
};

/// Checks all that a training start refuses, by the same code: config, communicator, data set,
/// graph, plan and back end. Collective over the ranks that a launcher started. Throws the errors
/// of core/errors.h.
ExitCode RunValidate(const ValidateOptions& options, Console& console);

}  // namespace lockstep
