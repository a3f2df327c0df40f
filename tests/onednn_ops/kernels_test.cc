// Our kernels give the bits of plain scalar code on every instruction set.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "onednn_ops/kernels/add.h"
#include "onednn_ops/kernels/block_norm.h"
#include "onednn_ops/kernels/convert.h"
#include "onednn_ops/kernels/normalize_pixels.h"
#include "onednn_ops/kernels/relu.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/tensor_values.h"

namespace lockstep {
namespace {

constexpr std::size_t kElements = 1003;  // no multiple of any register's lanes

void OnEveryInstructionSet(const std::function<void()>& check) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

class KernelsTest : public testing::TestWithParam<DataType> {
 protected:
  Values Random(std::uint32_t stream) const {
    return RoundedTo(GetParam(), RandomValues(kElements, stream));
  }
  OwnedTensor New(const Values& values) const { return OwnedTensor(GetParam(), values); }
};

TEST_P(KernelsTest, NormalizePixelsByOneProductAndOneSumRoundedApart) {
  const std::vector<float> mean = {0.485F, 0.456F, 0.406F};
  const std::vector<float> deviation = {0.229F, 0.224F, 0.225F};
  const PixelScaling scaling(mean, deviation);
  std::vector<std::uint8_t> pixels(3 * 256);
  Values expected(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i / 3);
    const volatile float product = static_cast<float>(pixels[i]) * scaling.scales()[i % 3];
    expected[i] = product + scaling.biases()[i % 3];
  }
  OnEveryInstructionSet([&] {
    const OwnedTensor out = New(Values(pixels.size()));
    NormalizePixels(pixels, scaling, out.view());
    EXPECT_EQ(out.values(), RoundedTo(GetParam(), expected));
  });
}

TEST_P(KernelsTest, PassAGradientWhereTheOutputIsAboveZero) {
  const OwnedTensor in = New(Random(1));
  const OwnedTensor d_out = New(Random(2));
  Values expected_out = in.values();
  Values expected_d_in = d_out.values();
  for (std::size_t i = 0; i < kElements; ++i) {
    expected_d_in[i] = expected_out[i] > 0 ? expected_d_in[i] : 0;
    expected_out[i] = std::max(expected_out[i], 0.0);
  }
  OnEveryInstructionSet([&] {
    const OwnedTensor out = New(Values(kElements, -1));
    const OwnedTensor d_in = New(Values(kElements, -1));
    ReluForward(in.view(), out.view());
    ReluBackward(out.view(), d_out.view(), d_in.view());
    EXPECT_EQ(out.values(), expected_out);
    EXPECT_EQ(d_in.values(), expected_d_in);
  });
}

TEST_P(KernelsTest, KeepANaNInTheOutputOfRelu) {
  const OwnedTensor in = New(Values(kElements, std::numeric_limits<double>::quiet_NaN()));
  OnEveryInstructionSet([&] {
    const OwnedTensor out = New(Values(kElements, 0));
    ReluForward(in.view(), out.view());
    for (const double value : out.values()) {
      ASSERT_TRUE(std::isnan(value));
    }
  });
}

TEST_P(KernelsTest, AddInPlace) {
  const Values a = Random(1);
  const OwnedTensor b = New(Random(2));
  Values expected(kElements);
  std::ranges::transform(a, b.values(), expected.begin(), [](double x, double y) {
    return static_cast<float>(x) + static_cast<float>(y);
  });
  OnEveryInstructionSet([&] {
    const OwnedTensor sum = New(a);
    AddElements(sum.view(), b.view(), sum.view());
    EXPECT_EQ(sum.values(), RoundedTo(GetParam(), expected));
  });
}

TEST_P(KernelsTest, ConvertAsTheHostDoes) {
  Values values = RandomValues(kElements, 3);
  const double largest = std::numeric_limits<float>::max();
  const Values special = {
      0x1.01p0, 0x1.03p0, 0x1.010002p0, -0x1.01p0,
      largest,  -largest, 0x1p-149,     std::numeric_limits<double>::infinity()};
  std::ranges::copy(special, values.begin());  // ties, and those that round to infinity and zero
  const std::vector<float> from(values.begin(), values.end());
  OnEveryInstructionSet([&] {
    const OwnedTensor rounded = New(Values(kElements));
    RoundElements(from, rounded.view());
    EXPECT_EQ(rounded.values(), RoundedTo(GetParam(), values));
    std::vector<float> widened(kElements);
    WidenElements(rounded.view(), widened);
    EXPECT_EQ(Values(widened.begin(), widened.end()), rounded.values());
  });
}

TEST_P(KernelsTest, RefuseATypeTheyDoNotComputeIn) {
  const OwnedTensor known = New(Values(kElements));
  const Tensor other(known.view().data(), known.view().shape(), DataType::kF16);
  EXPECT_THROW(AddElements(known.view(), known.view(), other), std::logic_error);
  EXPECT_THROW(ReluForward(other, known.view()), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Precisions, KernelsTest, testing::Values(DataType::kF32, DataType::kBF16),
                         [](const auto& param) { return std::string(NameOf(param.param)); });

TEST(BlockNormKernelTest, SumSquaresIsSixteenSumsAddedPairwise) {
  const Values drawn = RandomValues(kElements, 5);
  const std::vector<float> values(drawn.begin(), drawn.end());
  std::vector<double> sums(16, 0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i % 16] += double{values[i]} * values[i];
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  OnEveryInstructionSet([&] { EXPECT_EQ(SumSquares(values), sums[0]); });
}

}  // namespace
}  // namespace lockstep
