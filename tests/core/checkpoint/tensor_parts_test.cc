#include "core/checkpoint/tensor_parts.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/core/checkpoint/small_plan.h"

namespace lockstep {
namespace {

TEST(TensorPartsTest, CoverEachTensorInOrder) {
  for (int ranks = 1; ranks <= 5; ++ranks) {
    const Plan plan = SmallPlan(ranks);
    const TensorParts parts(plan);
    const std::vector<float> all = FilledBuffer(plan, 1);
    for (const ParameterPlace& place : plan.parameters) {
      std::vector<float> put_together;
      for (const TensorPart& part : parts.Of(place)) {
        EXPECT_EQ(part.in_tensor, static_cast<std::int64_t>(put_together.size()));
        const std::vector<float> packed = PackedSlices(plan, part.rank, all);
        put_together.insert(put_together.end(), packed.begin() + part.packed,
                            packed.begin() + part.packed + part.elements);
      }
      const std::vector<float> expected(all.begin() + place.offset,
                                        all.begin() + place.offset + place.elements);
      EXPECT_EQ(put_together, expected) << place.name << " on " << ranks << " ranks";
    }
  }
}

TEST(TensorPartsTest, RefuseATensorThatNoSliceHolds) {
  Plan plan = SmallPlan(2);
  plan.parameters[0].offset = plan.gradient_elements;
  EXPECT_THROW(TensorParts(plan).Of(plan.parameters[0]), std::logic_error);
}

}  // namespace
}  // namespace lockstep
