#pragma once

// The source of every random number: Philox4x32-10, a counter-based generator. A draw is a pure
// function of seed and counter, so it does not depend on rank, thread or order of calls. J. Salmon,
// M. Moraes, R. Dror, D. Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

#include <array>
#include <cstdint>

namespace lockstep {

/// Names one draw of four words.
struct PhiloxCounter {
  std::uint32_t draw = 0;     ///< number of the draw, or element / 4
  std::uint32_t purpose = 0;  ///< number of the node, or a Purpose (core/random/purpose.h)
  std::uint32_t n_low = 0;   ///< low word of the endless stream number of the sample; 0 for weights
  std::uint32_t n_high = 0;  ///< its high word
};

/// The counter of draw number `draw` for sample `n` of the endless stream.
constexpr PhiloxCounter CounterOf(std::uint32_t draw, std::uint32_t purpose, std::uint64_t n) {
  return {draw, purpose, static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n >> 32)};
}

/// A value; thread-safe.
class Philox {
 public:
  explicit constexpr Philox(std::uint64_t key)
      : key_{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)} {}

  /// Four independent, uniformly distributed words.
  constexpr std::array<std::uint32_t, 4> Draw(const PhiloxCounter& counter) const {
    std::array<std::uint32_t, 4> words = {counter.draw, counter.purpose, counter.n_low,
                                          counter.n_high};
    std::uint32_t key_low = key_[0];
    std::uint32_t key_high = key_[1];
    for (int round = 0; round < kRounds; ++round) {
      words = Round(words, key_low, key_high);
      key_low += 0x9E3779B9;   // the golden ratio
      key_high += 0xBB67AE85;  // the square root of 3, less 1
    }
    return words;
  }

 private:
  static constexpr int kRounds = 10;

  static constexpr std::array<std::uint32_t, 4> Round(const std::array<std::uint32_t, 4>& words,
                                                      std::uint32_t key_low,
                                                      std::uint32_t key_high) {
    const std::uint64_t product_0 = std::uint64_t{0xD2511F53} * words[0];
    const std::uint64_t product_2 = std::uint64_t{0xCD9E8D57} * words[2];
    return {static_cast<std::uint32_t>(product_2 >> 32) ^ words[1] ^ key_low,
            static_cast<std::uint32_t>(product_2),
            static_cast<std::uint32_t>(product_0 >> 32) ^ words[3] ^ key_high,
            static_cast<std::uint32_t>(product_0)};
  }

  std::array<std::uint32_t, 2> key_;
};

/// A word as a multiple of 2^-24 in [0, 1): every value is exact in float32.
constexpr float ToUnitFloat(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1.0p-24F;
}

}  // namespace lockstep
