#pragma once

// `lockstep plan`: what is decided before the first step, without a data set or a run.

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct PlanVerbOptions {
  std::filesystem::path config;  ///< this or `model_preset`
  std::string model_preset;
  std::vector<std::string> overrides;  ///< key=value
  int ranks = 1;
  bool json = false;
};

/// Prints figures and what the back end chose for each op; every task, slot and parameter at
/// LogLevel::kDebug. Throws the errors of core/errors.h.
ExitCode RunPlan(const PlanVerbOptions& options, Console& console);

}  // namespace lockstep
