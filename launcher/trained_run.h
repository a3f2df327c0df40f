#pragma once

// A finished or running training run as seen by its readers: its config and one of its checkpoints.

#include <filesystem>
#include <vector>

#include "configs/config.pb.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/communicator.h"
#include "launcher/verbs/eval.h"

namespace lockstep {

struct TrainedRun {
  Config config;                           ///< as resolved at the first start
  CheckpointEntry checkpoint;              ///< verified
  std::vector<SkippedCheckpoint> skipped;  ///< newer ones that were passed over
};

/// Reads a run without taking its lock. Throws InputMissing where `run` is no run directory or has
/// no checkpoint of the choice, DataError where the one asked for, or every one there is, does not
/// verify.
TrainedRun OpenTrainedRun(const std::filesystem::path& run, const CheckpointChoice& choice);

/// The config for computing on these ranks: precision F32, their best common instruction set, and
/// the cores of each. Collective.
Config InferenceConfigOf(Config config, Communicator& communicator);

}  // namespace lockstep
