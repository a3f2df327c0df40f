#include "core/random/draw_sequence.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(DrawSequenceTest, ReadsTheWordsOfConsecutiveDraws) {
  DrawSequence draws(7, 5, 9);
  for (std::uint32_t draw = 0; draw < 3; ++draw) {
    for (const std::uint32_t word : Philox(7).Draw(CounterOf(draw, 5, 9))) {
      EXPECT_EQ(draws.Word(), word);
    }
  }
}

TEST(DrawSequenceTest, KeepsUniformDrawsInTheirRange) {
  DrawSequence draws(1, 2, 3);
  float low = 10;
  float high = -10;
  for (int i = 0; i < 1000; ++i) {
    const float value = draws.Uniform(-2, 3);
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  EXPECT_GE(low, -2);
  EXPECT_LT(low, -1.9F);
  EXPECT_LT(high, 3);
  EXPECT_GT(high, 2.9F);
}

}  // namespace
}  // namespace lockstep
