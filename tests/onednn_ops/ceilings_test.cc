#include <gtest/gtest.h>

#include <vector>

#include "onednn_ops/kernels/ceiling_loops.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

TEST(CeilingsTest, TriadAddsEveryElementAtOddSizes) {
  for (const std::size_t elements : {0U, 1U, 15U, 16U, 17U, 1023U}) {
    std::vector<float> a(elements);
    std::vector<float> b(elements);
    for (std::size_t i = 0; i < elements; ++i) {
      a[i] = static_cast<float>(i);
      b[i] = static_cast<float>(2 * i + 2);
    }
    std::vector<float> out(elements, -1);
    Triad(a, b, 0.5F, out);
    for (std::size_t i = 0; i < elements; ++i) {
      EXPECT_EQ(out[i], static_cast<float>(2 * i + 1)) << i << " of " << elements;
    }
  }
}

TEST(CeilingsTest, MultiplyAddsAreCountedAndDone) {
  const MultiplyAdds few = MultiplyAddOnRegisters(1000);
  const MultiplyAdds many = MultiplyAddOnRegisters(3000);
  EXPECT_EQ(many.flops, 3 * few.flops);
  EXPECT_EQ(few.flops % (2 * 1000), 0);
  // Each chain approaches 1 from above.
  EXPECT_LT(many.sum, few.sum);
}

TEST(CeilingsTest, EveryCeilingIsMeasured) {
  const Ceilings ceilings = MeasureCpuCeilings({1, InstructionSet::BEST});
  EXPECT_GT(ceilings.f32_flops, 1e8);
  EXPECT_GT(ceilings.bytes_per_second, 1e7);
  if (BestInstructionSet() >= InstructionSet::AVX512_BF16) {
    EXPECT_GT(ceilings.bf16_flops, 1e8);
  }
}

}  // namespace
}  // namespace lockstep
