#include "core/random/permutation.h"

#include <bit>
#include <stdexcept>

#include "core/random/purpose.h"

namespace lockstep {

namespace {

// Four suffice for large domains; small ones, where a round mixes few bits, want more.
constexpr int kRounds = 8;

std::uint64_t LowBits(std::uint64_t value, int bits) {
  return value & ((std::uint64_t{1} << bits) - 1);
}

}  // namespace

Permutation::Permutation(std::uint64_t seed, std::uint64_t epoch, std::int64_t size)
    : philox_(seed), epoch_(epoch), size_(static_cast<std::uint64_t>(size)) {
  if (size < 1) throw std::invalid_argument("a permutation needs at least one element");
  const int bits = std::bit_width(size_ - 1);
  left_bits_ = bits / 2;
  right_bits_ = bits - left_bits_;
}

std::int64_t Permutation::operator()(std::int64_t position) const {
  auto value = static_cast<std::uint64_t>(position);
  do {
    value = Encrypt(value);
  } while (value >= size_);
  return static_cast<std::int64_t>(value);
}

std::uint64_t Permutation::Encrypt(std::uint64_t value) const {
  std::uint64_t left = value >> right_bits_;
  std::uint64_t right = LowBits(value, right_bits_);
  for (int round = 0; round < kRounds; round += 2) {
    left ^= RoundBits(round, right, left_bits_);
    right ^= RoundBits(round + 1, left, right_bits_);
  }
  return left << right_bits_ | right;
}

std::uint64_t Permutation::RoundBits(int round, std::uint64_t half, int bits) const {
  const std::uint32_t purpose =
      PurposeWord(Purpose::kPermutation) + static_cast<std::uint32_t>(round);
  // Halves have at most 32 bits: sizes are below 2^63.
  return LowBits(philox_.Draw(CounterOf(static_cast<std::uint32_t>(half), purpose, epoch_))[0],
                 bits);
}

}  // namespace lockstep
