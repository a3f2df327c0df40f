#pragma once

// From the config to a back end: the one place that chooses.

#include <memory>

#include "configs/config.pb.h"
#include "core/communicator.h"
#include "core/device/backend.h"
#include "core/device/ceilings.h"

namespace lockstep {

/// The back end of this rank for a resolved config. AUTO takes the GPU where this build has CUDA,
/// else the CPU; there is no fallback from what was asked for. Throws Unavailable,
/// EnvironmentError.
std::unique_ptr<Backend> MakeBackend(const Config& config, int local_rank);

/// What the device of that back end can do at most; takes seconds. Throws as MakeBackend does, and
/// Unsupported for a GPU.
Ceilings MeasureCeilings(const Config& config);

/// Throws ConfigError, EnvironmentError or Unavailable where `config.communicator` is not what the
/// ranks were started with.
void CheckCommunicator(const Config& config, const Communicator& communicator);

}  // namespace lockstep
