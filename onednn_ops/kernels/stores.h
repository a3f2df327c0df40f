#pragma once

// How a kernel writes large results.

#include <cstdint>

namespace lockstep {

/// kStreamed goes past the caches, which halves the traffic of what does not stay in them until it
/// is read: the memory must be aligned to 64 bytes. Values are the same.
enum class Stores : std::uint8_t { kCached, kStreamed };

}  // namespace lockstep
