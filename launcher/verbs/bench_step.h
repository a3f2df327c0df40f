#pragma once

// `lockstep bench step`: how fast a training step is on random images.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/config.pb.h"
#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct BenchStepOptions {
  std::filesystem::path config;  ///< this or `model_preset`
  std::string model_preset;
  std::vector<std::string> overrides;  ///< key=value
  std::optional<int> batch;            ///< global; replaces the config's
  std::optional<Precision::Type> precision;
  std::optional<int> threads;  ///< a rank
  double seconds = 10;         ///< of timed steps, at least
  bool with_loader = false;    ///< the data pipeline as well
  bool per_op = false;         ///< then as many seconds again, observed, and the device's ceilings
  bool json = false;
};

/// Collective over the ranks that a launcher started. Throws the errors of core/errors.h.
ExitCode RunBenchStep(const BenchStepOptions& options, Console& console);

}  // namespace lockstep
