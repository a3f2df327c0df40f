#pragma once

// `lockstep data inspect`: what a data set holds, and the order in which a run reads it.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct DataInspectOptions {
  std::filesystem::path config;
  std::vector<std::string> overrides;  ///< key=value
  bool order = false;  ///< the order of the training set in `epoch` instead of the summary
  std::int64_t epoch = 0;
  bool json = false;
};

/// Throws the errors of core/errors.h.
ExitCode RunDataInspect(const DataInspectOptions& options, Console& console);

}  // namespace lockstep
