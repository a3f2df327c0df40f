#pragma once

// The draws of one sample for one purpose, one after the other: what augmentations and generators
// read.

#include <array>
#include <cstdint>

#include "core/random/philox.h"

namespace lockstep {

/// Word i of the sequence is word i % 4 of draw i / 4. A function of key, purpose and sample alone.
/// Not thread-safe.
class DrawSequence {
 public:
  /// `purpose` is a node's number or PurposeWord(...); `n` the endless stream number.
  DrawSequence(std::uint64_t key, std::uint32_t purpose, std::uint64_t n)
      : philox_(key), purpose_(purpose), n_(n) {}

  std::uint32_t Word() {
    if (used_ == words_.size()) {
      words_ = philox_.Draw(CounterOf(draw_++, purpose_, n_));
      used_ = 0;
    }
    return words_[used_++];
  }

  /// In [low, high), but for rounding.
  float Uniform(float low, float high) { return low + (high - low) * ToUnitFloat(Word()); }

 private:
  Philox philox_;
  std::uint32_t purpose_;
  std::uint64_t n_;
  std::uint32_t draw_ = 0;
  std::array<std::uint32_t, 4> words_ = {};
  std::size_t used_ = 4;
};

}  // namespace lockstep
