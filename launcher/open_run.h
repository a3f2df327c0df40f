#pragma once

// Where a run lives and where it begins: chosen by rank 0, told to all.

#include <filesystem>
#include <optional>
#include <string>

#include "configs/config.pb.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/run_directory.h"
#include "core/communicator.h"
#include "launcher/console.h"
#include "launcher/verbs/train.h"

namespace lockstep {

struct OpenedRun {
  std::optional<RunDirectory> directory;  ///< on rank 0: the lock
  RunPaths paths;
  Config config;  ///< resolved, rank 0's on every rank
  /// ArithmeticDigest of the config that this rank was started with, for the handshake.
  std::string own_arithmetic;
  std::optional<CheckpointEntry> resume;  ///< the checkpoint to go on from
};

/// Where a run of this config goes that names no directory: runs/<recipe>-<UTC time>.
std::filesystem::path DefaultRunDirectory(const std::filesystem::path& config);

/// Takes the run directory, resolves `config` (a resume keeps what its first start resolved) and
/// finds the checkpoint to go on from; names skipped ones in a warning. Throws on every rank alike,
/// and then leaves no new directory behind: OutputError where the directory is in use, ConfigError
/// naming the key where a resume would change the arithmetic, DataError where the checkpoint asked
/// for, or every one there is, does not verify. Collective.
OpenedRun OpenRun(const TrainOptions& options, Config config, Communicator& communicator,
                  Console& console);

/// For a start that fails later: takes away the directory that OpenRun made. One that holds an
/// earlier run stays.
void DiscardNew(const OpenedRun& run) noexcept;

}  // namespace lockstep
