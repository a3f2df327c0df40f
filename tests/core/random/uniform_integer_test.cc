#include "core/random/uniform_integer.h"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {
namespace {

constexpr std::uint32_t kPurpose = 5;

TEST(UniformIntegerTest, IsTheHighHalfOfWordTimesRange) {
  const Philox philox(7);
  for (std::uint64_t n = 0; n < 1000; ++n) {
    for (std::size_t word = 0; word < 4; ++word) {
      const std::uint64_t product = 8 * std::uint64_t{philox.Draw(CounterOf(0, kPurpose, n))[word]};
      EXPECT_EQ(UniformBelow(8, philox, {kPurpose, n, word}), product >> 32);
    }
  }
}

TEST(UniformIntegerTest, IsZeroBelowOne) {
  for (std::uint64_t n = 0; n < 100; ++n) {
    EXPECT_EQ(UniformBelow(1, Philox(7), {kPurpose, n, 0}), 0U);
  }
}

// Four words fall on three values of this range: one in three would come twice as often if none
// were passed over, 5,000 too many here, where a standard deviation is 82.
TEST(UniformIntegerTest, MakesNoValueLikelierThanAnother) {
  constexpr std::uint32_t kRange = 3U << 30;
  const Philox philox(7);
  std::array<int, 3> drawn = {};
  std::array<int, 3> without_passing_over = {};
  for (std::uint64_t n = 0; n < 30000; ++n) {
    const std::uint32_t value = UniformBelow(kRange, philox, {kPurpose, n, 0});
    ASSERT_LT(value, kRange);
    ++drawn[value % 3];
    const std::uint64_t word = philox.Draw(CounterOf(0, kPurpose, n))[0];
    ++without_passing_over[(word * kRange >> 32) % 3];
  }
  for (const int count : drawn) EXPECT_NEAR(count, 10000, 400);
  EXPECT_GT(without_passing_over[0], 14000) << "the range shows no difference";
}

}  // namespace
}  // namespace lockstep
