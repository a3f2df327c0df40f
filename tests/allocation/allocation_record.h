#pragma once

// What this program allocates: it replaces the C library's malloc and its family, for itself and
// for every library it loads, so nothing escapes. For tests of code that must not allocate.

#include <cstddef>
#include <cstdint>
#include <string>

namespace lockstep {

/// Of all threads, from StartRecording to StopRecording.
struct AllocationRecord {
  /// Calls by this program, which our code is linked into, or by the language's libraries for it.
  std::int64_t by_us = 0;
  /// Calls within other libraries: oneDNN, OpenMP.
  std::int64_t by_others = 0;
  /// Bytes of the largest call.
  std::int64_t largest = 0;
  /// Bytes allocated less bytes freed: what the live heap grew by.
  std::int64_t growth = 0;
  /// The callers behind the first calls by us, for `addr2line`.
  std::string places;
};

/// Starts from zero. One recording at a time.
void StartRecording();
AllocationRecord StopRecording();

}  // namespace lockstep
