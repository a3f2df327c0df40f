#pragma once

// Elementwise kernels over the OpenMP team, where there is enough to do. The bits do not depend on
// the split.

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace lockstep {

/// A smaller number of elements takes less time than waking the team.
inline constexpr std::int64_t kElementsWorthSplitting = 32 * 1024;

/// Half-open.
struct ElementRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Part `part` of `parts` of [0, units), as equal as may be.
constexpr ElementRange PartOf(std::int64_t units, std::int64_t part, std::int64_t parts) {
  const std::int64_t first = units * part / parts;
  return {first, units * (part + 1) / parts - first};
}

/// Calls `work(ElementRange)` so that [0, units) is covered once, on the team where units *
/// unit_elements is large. `work` must not throw. The caller has entered its CpuStream.
template <typename Work>
void SplitUnits(std::int64_t units, std::int64_t unit_elements, const Work& work) {
  if (units * unit_elements < kElementsWorthSplitting) {
    work(ElementRange{0, units});
    return;
  }
#pragma omp parallel
  work(PartOf(units, omp_get_thread_num(), omp_get_num_threads()));
}

/// The same for single elements; parts begin at multiples of a cache line.
template <typename Work>
void SplitElements(std::int64_t elements, const Work& work) {
  constexpr std::int64_t kLine = 16;
  SplitUnits((elements + kLine - 1) / kLine, kLine, [&](ElementRange lines) {
    const std::int64_t first = lines.first * kLine;
    work(ElementRange{first, std::min(elements - first, lines.count * kLine)});
  });
}

}  // namespace lockstep
