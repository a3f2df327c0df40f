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

/// Opens the data set, builds graph and plan. Throws the errors of core/errors.h.
ExitCode RunValidate(const ValidateOptions& options, Console& console);

}  // namespace lockstep
