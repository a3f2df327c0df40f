#pragma once

// A run of elements, rows or samples: how work is cut over threads.

#include <cstdint>

namespace lockstep {

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

}  // namespace lockstep
