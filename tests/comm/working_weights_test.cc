#include "core/model/working_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/errors.h"
#include "core/graph/bfloat16.h"
#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

std::vector<float> Masters(const Plan& plan) {
  std::vector<float> masters(static_cast<std::size_t>(plan.gradient_elements));
  for (std::size_t i = 0; i < masters.size(); ++i) masters[i] = std::sin(static_cast<float>(i));
  return masters;
}

TEST(WorkingWeightsTest, TakeTwoBytesAWeightAndFourForTheRest) {
  ScalarBackend backend;
  for (int ranks : {1, 3}) {
    const Plan exact = PlanOfThreeBuckets(ranks);
    std::size_t working = 0;
    for (const Bucket& bucket : exact.buckets) {
      working += static_cast<std::size_t>(bucket.working.elements);
    }
    const auto all = static_cast<std::size_t>(exact.gradient_elements);
    EXPECT_EQ(WorkingWeights(exact, backend).bytes(), 4 * all);
    const Plan rounded = PlanOfThreeBuckets(ranks, DataType::kBF16);
    EXPECT_EQ(WorkingWeights(rounded, backend).bytes(), 4 * all - 2 * working);
  }
}

TEST(WorkingWeightsTest, HoldWeightsRoundedAndSmallOnesExact) {
  ScalarBackend backend;
  HostStream stream;
  const Plan plan = PlanOfThreeBuckets(2, DataType::kBF16);
  const std::vector<float> masters = Masters(plan);
  WorkingWeights working(plan, backend);
  working.Load(stream, masters);
  for (const ParameterPlace& place : plan.parameters) {
    const Tensor weights = working.Of(place);
    ASSERT_EQ(weights.shape(), place.shape);
    const auto first = static_cast<std::size_t>(place.offset);
    const auto count = static_cast<std::size_t>(place.elements);
    for (std::size_t i = 0; i < count; ++i) {
      const float master = masters[first + i];
      if (place.kind == ParameterKind::kWeight) {
        ASSERT_EQ(weights.As<Bfloat16>()[i].bits, ToBfloat16(master).bits) << place.name;
      } else {
        ASSERT_EQ(weights.As<float>()[i], master) << place.name;
      }
    }
  }
}

TEST(WorkingWeightsTest, RegionsAreAlignedAndDoNotOverlap) {
  ScalarBackend backend;
  const Plan plan = PlanOfThreeBuckets(3, DataType::kBF16);
  const WorkingWeights working(plan, backend);
  const std::byte* end = nullptr;
  for (const Bucket& bucket : plan.buckets) {
    for (const Region& region : {bucket.working, bucket.small}) {
      if (region.elements == 0) continue;
      const Tensor tensor = working.Range(region.offset, region.elements);
      const auto* start = static_cast<const std::byte*>(tensor.data());
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(start) % 64, 0U);
      EXPECT_TRUE(end == nullptr || start == end);
      end = start + tensor.bytes();
    }
  }
}

TEST(WorkingWeightsTest, ARangeLiesWithinOneRegion) {
  ScalarBackend backend;
  const Plan plan = PlanOfThreeBuckets(1, DataType::kBF16);
  const WorkingWeights working(plan, backend);
  const Region& first = plan.buckets[0].working;
  EXPECT_NO_THROW(working.Range(first.offset, first.elements));
  EXPECT_THROW(working.Range(first.offset, first.elements + 1), std::logic_error);
  EXPECT_THROW(working.Range(plan.gradient_elements, 1), std::logic_error);
}

TEST(WorkingWeightsTest, AreNotKeptInF16) {
  ScalarBackend backend;
  EXPECT_THROW(WorkingWeights(PlanOfThreeBuckets(1, DataType::kF16), backend), Unsupported);
}

}  // namespace
}  // namespace lockstep
