#pragma once

// `lockstep eval`: metrics of a run's checkpoint over a split of its data set.

#include <cstdint>
#include <filesystem>

#include "configs/config.pb.h"
#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

/// Which checkpoint of a run.
struct CheckpointChoice {
  enum class Kind : std::uint8_t {
    kLatest,  ///< the newest that verifies
    kBest,    ///< the one with the best metric
    kStep,    ///< the one of `step`
  };
  Kind kind = Kind::kLatest;
  std::int64_t step = 0;  ///< kStep
};

struct EvalOptions {
  std::filesystem::path run;
  CheckpointChoice checkpoint;
  Split::Type split = Split::VALIDATION;
  bool json = false;
};

/// Collective over the ranks that a launcher started. Throws the errors of core/errors.h.
ExitCode RunEval(const EvalOptions& options, Console& console);

}  // namespace lockstep
