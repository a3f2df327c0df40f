#pragma once

// What the first start of a run decides where its config leaves it open; the bits depend on it from
// then on.

#include "core/communicator.h"
#include "core/config/resolve.h"

namespace lockstep {

/// The best instruction set that all ranks share; the cores of a rank's affinity mask over the
/// ranks of its machine (the smallest such share of all ranks); the GPU where this build has CUDA,
/// else the CPU. The same on every rank. Collective.
FirstStart DecideFirstStart(Communicator& communicator);

}  // namespace lockstep
