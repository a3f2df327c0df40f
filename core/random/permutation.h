#pragma once

// The order of the records in one epoch, without a list: a keyed bijection of [0, size) computed in
// O(1). Shuffling by it needs no memory, and a resume in mid-epoch nothing but the position.

#include <cstdint>

#include "core/random/philox.h"

namespace lockstep {

/// An alternating Feistel network over the smallest power of two that holds `size`, with Philox as
/// the round function, walked along its cycle until the value falls below `size` (J. Black, P.
/// Rogaway: "Ciphers with arbitrary finite domains", CT-RSA 2002). Fewer than two walks on average.
/// A value; thread-safe.
class Permutation {
 public:
  /// `size` at least 1; throws std::invalid_argument otherwise.
  Permutation(std::uint64_t seed, std::uint64_t epoch, std::int64_t size);

  /// The record at `position`, both in [0, size).
  std::int64_t operator()(std::int64_t position) const;

 private:
  std::uint64_t Encrypt(std::uint64_t value) const;
  /// The round function's `bits` lowest bits.
  std::uint64_t RoundBits(int round, std::uint64_t half, int bits) const;

  Philox philox_;
  std::uint64_t epoch_;
  std::uint64_t size_;
  int left_bits_;
  int right_bits_;
};

}  // namespace lockstep
