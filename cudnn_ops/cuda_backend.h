#pragma once

// The back end of one NVIDIA GPU. No vendor header shows through.

#include <memory>

#include "core/device/backend.h"

namespace lockstep {

/// Makes the back end of GPU `device` (the local rank). Throws Unavailable where this build has no
/// CUDA or the machine has no such device.
std::unique_ptr<Backend> MakeCudaBackend(int device);

/// Whether this build has CUDA.
bool HasCuda();

}  // namespace lockstep
