#pragma once

// Integers of any range from random words, each exactly as likely as the others.

#include <cstdint>

#include "core/random/philox.h"

namespace lockstep {

/// Which words an integer is made of: word `word` of the draws 0, 1, ... of a sample.
struct IntegerDraw {
  std::uint32_t purpose = 0;  ///< PurposeWord(...)
  std::uint64_t n = 0;        ///< endless stream number of the sample
  std::size_t word = 0;       ///< in [0, 4)
};

/// In [0, range), `range` at least 1: the high half of word * range, from the first draw whose low
/// half is not below 2^32 mod range. The words passed over are those that would make some values
/// likelier; there are none in most draws, as their share is below range / 2^32. D. Lemire: "Fast
/// random integer generation in an interval", ACM TOMACS 29, 2019.
constexpr std::uint32_t UniformBelow(std::uint32_t range, const Philox& philox,
                                     const IntegerDraw& from) {
  const std::uint32_t passed_over = (0 - range) % range;  // 2^32 mod range
  for (std::uint32_t draw = 0;; ++draw) {
    const std::uint32_t word = philox.Draw(CounterOf(draw, from.purpose, from.n))[from.word];
    const std::uint64_t product = std::uint64_t{word} * range;
    if (static_cast<std::uint32_t>(product) >= passed_over) {
      return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

}  // namespace lockstep
