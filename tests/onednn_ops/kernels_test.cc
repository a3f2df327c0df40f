// Our kernels give the bits of plain scalar code on every instruction set.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "onednn_ops/kernels/add.h"
#include "onednn_ops/kernels/normalize_pixels.h"
#include "onednn_ops/kernels/relu.h"
#include "tests/onednn_ops/op_cases.h"

namespace lockstep {
namespace {

constexpr std::size_t kElements = 1003;  // no multiple of any register's lanes

std::vector<float> Floats(std::uint32_t stream) {
  const Values values = RandomValues(kElements, stream);
  return {values.begin(), values.end()};
}

void OnEveryInstructionSet(const std::function<void()>& check) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(KernelsTest, NormalizePixelsByOneProductAndOneSumRoundedApart) {
  const std::vector<float> mean = {0.485F, 0.456F, 0.406F};
  const std::vector<float> deviation = {0.229F, 0.224F, 0.225F};
  const PixelScaling scaling(mean, deviation);
  std::vector<std::uint8_t> pixels(3 * 256);
  std::vector<float> expected(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i / 3);
    const volatile float product = static_cast<float>(pixels[i]) * scaling.scales()[i % 3];
    expected[i] = product + scaling.biases()[i % 3];
  }
  OnEveryInstructionSet([&] {
    std::vector<float> out(pixels.size());
    NormalizePixels(pixels, scaling, out);
    EXPECT_EQ(out, expected);
  });
}

TEST(KernelsTest, PassAGradientWhereTheOutputIsAboveZero) {
  const std::vector<float> in = Floats(1);
  const std::vector<float> d_out = Floats(2);
  OnEveryInstructionSet([&] {
    std::vector<float> out(kElements);
    std::vector<float> d_in(kElements);
    ReluForward(in, out);
    ReluBackward(out, d_out, d_in);
    for (std::size_t i = 0; i < kElements; ++i) {
      ASSERT_EQ(out[i], in[i] > 0 ? in[i] : 0);
      ASSERT_EQ(d_in[i], in[i] > 0 ? d_out[i] : 0);
    }
  });
}

TEST(KernelsTest, KeepANaNInTheOutputOfRelu) {
  const std::vector<float> in(kElements, std::numeric_limits<float>::quiet_NaN());
  OnEveryInstructionSet([&] {
    std::vector<float> out(kElements, 0);
    ReluForward(in, out);
    for (const float value : out) {
      ASSERT_TRUE(std::isnan(value));
    }
  });
}

TEST(KernelsTest, AddInPlace) {
  const std::vector<float> a = Floats(1);
  const std::vector<float> b = Floats(2);
  OnEveryInstructionSet([&] {
    std::vector<float> sum = a;
    AddElements(sum, b, sum);
    for (std::size_t i = 0; i < kElements; ++i) {
      ASSERT_EQ(sum[i], a[i] + b[i]);
    }
  });
}

}  // namespace
}  // namespace lockstep
