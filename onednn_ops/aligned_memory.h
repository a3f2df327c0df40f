#pragma once

// Host memory as ops want it.

#include <cstddef>

#include "core/device/buffer.h"

namespace lockstep {

/// Zeroed and aligned to 64 bytes; from 2 MiB on aligned to huge pages, which the kernel is asked
/// for. Throws Unavailable where there is not enough. Thread-safe.
Buffer AllocateAligned(std::size_t bytes);

}  // namespace lockstep
