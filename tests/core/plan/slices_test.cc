#include "core/plan/slices.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

/// Two buckets for three ranks; the second has no working region.
Plan PlanOfTwoBuckets() {
  Plan plan;
  plan.ranks = 3;
  plan.buckets = {{.working = {0, 6 * kBlock}, .small = {6 * kBlock, 3 * kBlock}},
                  {.working = {9 * kBlock, 0}, .small = {9 * kBlock, 3 * kBlock}}};
  plan.gradient_elements = 12 * kBlock;
  return plan;
}

TEST(SlicesTest, CoverTheGradientBufferOnce) {
  const Plan plan = PlanOfTwoBuckets();
  std::vector<int> owners(static_cast<std::size_t>(plan.gradient_elements / kBlock), 0);
  for (int rank = 0; rank < plan.ranks; ++rank) {
    for (const SlicePiece& piece : SlicesOf(plan, rank)) {
      for (std::int64_t block = 0; block < piece.elements / kBlock; ++block) {
        ++owners[static_cast<std::size_t>(piece.offset / kBlock + block)];
      }
    }
  }
  EXPECT_EQ(owners, std::vector<int>(owners.size(), 1));
}

TEST(SlicesTest, PackWithoutHoles) {
  const std::vector<SlicePiece> pieces = SlicesOf(PlanOfTwoBuckets(), 1);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].offset, 2 * kBlock);
  EXPECT_EQ(pieces[0].packed, 0);
  EXPECT_TRUE(pieces[0].in_working_region);
  EXPECT_EQ(pieces[1].offset, 7 * kBlock);
  EXPECT_EQ(pieces[1].packed, 2 * kBlock);
  EXPECT_FALSE(pieces[1].in_working_region);
  EXPECT_EQ(pieces[2].bucket, 1);
  EXPECT_EQ(pieces[2].packed, 3 * kBlock);
  EXPECT_EQ(pieces[2].elements, kBlock);
}

}  // namespace
}  // namespace lockstep
