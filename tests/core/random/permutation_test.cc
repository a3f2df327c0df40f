#include "core/random/permutation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace lockstep {
namespace {

std::vector<std::int64_t> OrderOf(const Permutation& permutation, std::int64_t size) {
  std::vector<std::int64_t> order;
  for (std::int64_t position = 0; position < size; ++position) {
    order.push_back(permutation(position));
  }
  return order;
}

class PermutationSizeTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(PermutationSizeTest, HitsEveryElementOnce) {
  const std::int64_t size = GetParam();
  for (const std::uint64_t epoch : {0, 1, 7}) {
    std::vector<int> hits(static_cast<std::size_t>(size));
    for (const std::int64_t record : OrderOf(Permutation(3, epoch, size), size)) {
      ASSERT_GE(record, 0);
      ASSERT_LT(record, size);
      ++hits[static_cast<std::size_t>(record)];
    }
    EXPECT_EQ(hits, std::vector<int>(static_cast<std::size_t>(size), 1));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PermutationSizeTest,
                         testing::Values(1, 2, 3, 4, 5, 1000, 1024, 1025, 60000));

TEST(PermutationTest, DiffersByEpochAndSeed) {
  const auto order = OrderOf(Permutation(1, 0, 1000), 1000);
  EXPECT_EQ(OrderOf(Permutation(1, 0, 1000), 1000), order);
  EXPECT_NE(OrderOf(Permutation(1, 1, 1000), 1000), order);
  EXPECT_NE(OrderOf(Permutation(2, 0, 1000), 1000), order);
  EXPECT_NE(OrderOf(Permutation(1, std::uint64_t{1} << 32, 1000), 1000), order);
}

// The order is part of the contract of a run: a change of it is a change of every result.
TEST(PermutationTest, KeepsItsOrder) {
  EXPECT_EQ(OrderOf(Permutation(1, 0, 10), 10),
            (std::vector<std::int64_t>{0, 7, 9, 1, 8, 6, 5, 3, 4, 2}));
}

TEST(PermutationTest, WorksForSizesBeyondWhatAListCouldHold) {
  constexpr std::int64_t kSize = (std::int64_t{1} << 40) + 12345;
  const Permutation permutation(9, 2, kSize);
  for (std::int64_t position = 0; position < 1000; ++position) {
    const std::int64_t record = permutation(position * 1000003);
    EXPECT_GE(record, 0);
    EXPECT_LT(record, kSize);
  }
}

// In a uniform order of N elements an element is moved by N / 3 on average.
TEST(PermutationTest, MovesElementsAsFarAsAUniformOrderDoes) {
  constexpr std::int64_t kSize = 60000;
  const Permutation permutation(5, 0, kSize);
  double distance = 0;
  for (std::int64_t position = 0; position < kSize; ++position) {
    distance += static_cast<double>(std::abs(permutation(position) - position));
  }
  EXPECT_NEAR(distance / kSize, kSize / 3.0, kSize / 100.0);
}

// The 24 orders of four elements over many epochs: each as often as the others.
TEST(PermutationTest, DrawsSmallOrdersEvenly) {
  std::vector<int> counts(256);
  constexpr int kEpochs = 24000;
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    std::size_t code = 0;
    for (const std::int64_t record : OrderOf(Permutation(1, epoch, 4), 4)) {
      code = 4 * code + static_cast<std::size_t>(record);
    }
    ++counts[code];
  }
  int seen = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++seen;
    EXPECT_NEAR(count, 1000, 250);
  }
  EXPECT_EQ(seen, 24);
}

TEST(PermutationTest, RefusesToOrderNothing) {
  EXPECT_THROW(Permutation(1, 0, 0), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep
