#pragma once

// `lockstep train`: trains a model as a config says, into a run directory.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

/// What a run directory that is in use means.
struct ResumeChoice {
  enum class Kind : std::uint8_t {
    kNone,  ///< begin; a used run directory is an error
    kAuto,  ///< go on from the newest checkpoint that verifies, or begin
    kStep,  ///< go on from the checkpoint of `step`, which must verify
  };
  Kind kind = Kind::kAuto;
  std::int64_t step = 0;  ///< kStep
};

struct TrainOptions {
  std::filesystem::path config;
  std::vector<std::string> overrides;  ///< key=value
  std::filesystem::path run_dir;       ///< empty: runs/<recipe>-<UTC time>
  ResumeChoice resume;
  bool dry_run = false;       ///< everything but the training
  bool trace_hashes = false;  ///< a hash of the weights after each step, on standard error
  bool json = false;
};

/// Collective over the ranks that a launcher started. Throws the errors of core/errors.h.
ExitCode RunTrain(const TrainOptions& options, Console& console);

}  // namespace lockstep
