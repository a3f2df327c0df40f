#pragma once

// `lockstep checkpoint ls|verify|hash|diff`: looks at the checkpoints of runs and never changes
// them.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct CheckpointOptions {
  std::filesystem::path run;
  std::filesystem::path other_run;   ///< diff
  std::optional<std::int64_t> step;  ///< hash, diff; the newest where absent
  bool json = false;
};

/// One line a checkpoint: step, samples, whether its manifest verifies, metrics.
ExitCode RunCheckpointLs(const CheckpointOptions& options, Console& console);

/// Reads every byte of all checkpoints; kData where one differs from its manifest.
ExitCode RunCheckpointVerify(const CheckpointOptions& options, Console& console);

/// One SHA-256 over all weights and states. Throws DataError where the checkpoint does not verify.
ExitCode RunCheckpointHash(const CheckpointOptions& options, Console& console);

/// Which tensors of two runs' checkpoints differ, and by how much; kFailed where one does.
ExitCode RunCheckpointDiff(const CheckpointOptions& options, Console& console);

}  // namespace lockstep
