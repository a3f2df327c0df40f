#include "core/checkpoint/tensor_permutation.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

namespace lockstep {
namespace {

TEST(TensorPermutationTest, MovesChannelsInFrontOfHeightAndWidth) {
  const FileLayout layout{Shape{2, 3, 4, 5}, Shape{2, 5, 3, 4}};
  std::vector<float> inside(2 * 3 * 4 * 5);
  std::iota(inside.begin(), inside.end(), 0.0F);
  const std::vector<float> file = ToFileOrder(layout, inside);
  std::size_t position = 0;
  for (int a = 0; a < 2; ++a) {
    for (int c = 0; c < 5; ++c) {
      for (int h = 0; h < 3; ++h) {
        for (int w = 0; w < 4; ++w) {
          EXPECT_EQ(file[position++], static_cast<float>(((a * 3 + h) * 4 + w) * 5 + c));
        }
      }
    }
  }
  EXPECT_EQ(FromFileOrder(layout, file), inside);
  EXPECT_NE(ToFileOrder(layout, file), inside);
}

TEST(TensorPermutationTest, LeavesTensorsWithoutAViewAsTheyAre) {
  const FileLayout layout{Shape(), Shape{3}};
  const std::vector<float> inside = {1, 2, 3};
  EXPECT_EQ(ToFileOrder(layout, inside), inside);
  EXPECT_EQ(FromFileOrder(layout, inside), inside);
}

TEST(TensorPermutationTest, RefusesAnotherNumberOfElements) {
  const FileLayout layout{Shape{1, 2, 2, 2}, Shape{1, 2, 2, 2}};
  EXPECT_THROW(ToFileOrder(layout, std::vector<float>(7)), std::logic_error);
}

}  // namespace
}  // namespace lockstep
