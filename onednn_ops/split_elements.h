#pragma once

// Elementwise kernels over the OpenMP team, where there is enough to do. The bits do not depend on
// the split.

#include <omp.h>

#include <algorithm>
#include <cstdint>

#include "onednn_ops/element_range.h"

namespace lockstep {

/// A smaller number of elements takes less time than waking the team.
inline constexpr std::int64_t kElementsWorthSplitting = 32 * 1024;

/// Calls `work(ElementRange)` so that [0, units) is covered once, on the team where units *
/// unit_elements is large; a team of one is never entered. `work` must not throw. The caller has
/// entered its CpuStream.
template <typename Work>
void SplitUnits(std::int64_t units, std::int64_t unit_elements, const Work& work) {
  if (units * unit_elements < kElementsWorthSplitting || omp_get_max_threads() == 1) {
    work(ElementRange{0, units});
    return;
  }
#pragma omp parallel
  work(PartOf(units, omp_get_thread_num(), omp_get_num_threads()));
}

/// The same for single elements; parts begin at multiples of a cache line.
template <typename Work>
void SplitElements(std::int64_t elements, const Work& work) {
  constexpr std::int64_t kLine = 32;
  SplitUnits((elements + kLine - 1) / kLine, kLine, [&](ElementRange lines) {
    const std::int64_t first = lines.first * kLine;
    work(ElementRange{first, std::min(elements - first, lines.count * kLine)});
  });
}

}  // namespace lockstep
