#pragma once

// How people are told of a number of things.

#include <cstdint>
#include <string>

namespace lockstep {

/// "1 rank", "2 ranks": for nouns whose plural ends in s.
inline std::string Counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace lockstep
