#include "core/random/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace lockstep {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Known answers published with Random123 (examples/kat_vectors, philox4x32-10).
TEST(PhiloxTest, MatchesThePublishedVectors) {
  EXPECT_EQ(Philox(0).Draw({0, 0, 0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox(~std::uint64_t{0}).Draw({~0U, ~0U, ~0U, ~0U}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox(0x299f31d0a4093822).Draw({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(PhiloxTest, EveryWordOfKeyAndCounterChangesTheDraw) {
  const Words words = Philox(7).Draw({1, 2, 3, 4});
  EXPECT_EQ(Philox(7).Draw({1, 2, 3, 4}), words);
  EXPECT_NE(Philox(8).Draw({1, 2, 3, 4}), words);
  EXPECT_NE(Philox(7 + (std::uint64_t{1} << 32)).Draw({1, 2, 3, 4}), words);
  EXPECT_NE(Philox(7).Draw({2, 2, 3, 4}), words);
  EXPECT_NE(Philox(7).Draw({1, 3, 3, 4}), words);
  EXPECT_NE(Philox(7).Draw({1, 2, 4, 4}), words);
  EXPECT_NE(Philox(7).Draw({1, 2, 3, 5}), words);
}

TEST(PhiloxTest, CounterOfSplitsTheStreamNumber) {
  const PhiloxCounter counter = CounterOf(1, 2, 0x0000000300000004);
  EXPECT_EQ(counter.draw, 1U);
  EXPECT_EQ(counter.purpose, 2U);
  EXPECT_EQ(counter.n_low, 4U);
  EXPECT_EQ(counter.n_high, 3U);
}

TEST(PhiloxTest, UnitFloatsStayBelowOne) {
  EXPECT_EQ(ToUnitFloat(0), 0.0F);
  EXPECT_EQ(ToUnitFloat(0x80000000), 0.5F);
  EXPECT_LT(ToUnitFloat(~0U), 1.0F);
  EXPECT_GT(ToUnitFloat(~0U), 0.9999999F);
}

TEST(PhiloxTest, UnitFloatsFillTheUnitIntervalEvenly) {
  constexpr int kDraws = 25000;
  std::array<int, 10> histogram = {};
  for (std::uint32_t draw = 0; draw < kDraws; ++draw) {
    for (const std::uint32_t word : Philox(1).Draw({draw, 0, 0, 0})) {
      ++histogram[static_cast<std::size_t>(ToUnitFloat(word) * 10)];
    }
  }
  // 10,000 expected in each; the standard deviation is 95.
  for (const int count : histogram) EXPECT_NEAR(count, 10000, 500);
}

}  // namespace
}  // namespace lockstep
