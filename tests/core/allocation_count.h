#pragma once

// Counts what the whole test program allocates with `new`, for tests of code that must not.

#include <cstdint>

namespace lockstep {

/// Calls of operator new so far, by all threads.
std::uint64_t AllocationCount();

}  // namespace lockstep
