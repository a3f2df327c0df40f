// Pooling: exact on every instruction set, PyTorch's rule for ties and NaNs, and rows that may be
// cut anywhere.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "onednn_ops/kernels/max_pool.h"
#include "onednn_ops/kernels/mean_pool.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/tensor_values.h"

namespace lockstep {
namespace {

struct PoolCase {
  std::string settings;
  PoolWindows windows;
};

std::vector<PoolCase> PoolCases() {
  return {{"kernel: 2", {2, 2, 2, 0}},
          {"kernel: 3", {3, 3, 3, 0}},
          {"kernel: 3 stride: 2 padding: 1", {3, 3, 2, 1}},
          {"kernel: 3 stride: 1 padding: 1", {3, 3, 1, 1}},
          {"kernel: 2 stride: 3", {2, 2, 3, 0}},
          {"kernel: 4 stride: 2 padding: 2", {4, 4, 2, 2}}};
}

// Whole numbers from -range to range: many are equal, and their sums are exact in every type.
Values WholeNumbers(std::int64_t count, std::uint32_t stream, double range) {
  Values values = RandomValues(count, stream);
  std::ranges::transform(values, values.begin(), [&](double v) { return std::round(v * range); });
  return values;
}

enum class Kind { kMax, kMean };

// One pooling of random whole numbers.
struct Pooled {
  Pooled(Kind pool_kind, const PoolCase& pool, const Shape& input, DataType type)
      : kind(pool_kind),
        node(SpecOf({"Pool",
                     (kind == Kind::kMax ? "max_pool {" : "avg_pool {") + pool.settings + "}",
                     {input}},
                    type)),
        pooling(input, node.schema.output, pool.windows),
        in{{WholeNumbers(input.elements(), 1, 2)}, {}},
        d_out(WholeNumbers(node.schema.output.elements(), 2, 9)),
        image(type, in.inputs[0]),
        d_image(type, Values(in.inputs[0].size(), -7)),
        output(type, Values(d_out.size(), -7)),
        d_output(type, d_out),
        positions(DataType::kU8, Values(d_out.size(), 255)) {}

  void Forward(ElementRange rows) {
    const auto pool = kind == Kind::kMax ? MaxPoolForward : MeanPoolForward;
    pool(pooling, {image.view(), output.view(), positions.view()}, rows);
  }
  void Backward(ElementRange rows) {
    const auto pool = kind == Kind::kMax ? MaxPoolBackward : MeanPoolBackward;
    pool(pooling, {d_image.view(), d_output.view(), positions.view()}, rows);
  }
  void ForwardAndBackward() {
    Forward({0, pooling.window_rows()});
    Backward({0, pooling.image_rows()});
  }

  Kind kind;
  NodeSpec node;
  Pooling pooling;
  ReferenceInputs in;
  Values d_out;
  OwnedTensor image;
  OwnedTensor d_image;
  OwnedTensor output;
  OwnedTensor d_output;
  OwnedTensor positions;
};

class PoolTest : public testing::TestWithParam<DataType> {
 protected:
  ~PoolTest() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(PoolTest, GivesTheMaximumsGradientToTheFirstOfEqualElementsOnEveryInstructionSet) {
  for (const PoolCase& pool : PoolCases()) {
    for (const std::int64_t channels : {1, 3, 6, 16, 17, 40}) {
      Pooled pooled(Kind::kMax, pool, {2, 9, 8, channels}, GetParam());
      const Values expected = ReferenceForward(pooled.node, pooled.in);
      const Values gradient = ReferenceBackward(pooled.node, pooled.in, pooled.d_out).inputs[0];
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        WriteValues(pooled.output.view(), Values(expected.size(), -7));
        WriteValues(pooled.d_image.view(), Values(gradient.size(), -7));
        pooled.ForwardAndBackward();
        ASSERT_EQ(pooled.output.values(), expected) << pool.settings << ", " << channels;
        ASSERT_EQ(pooled.d_image.values(), gradient) << pool.settings << ", " << channels;
      }
    }
  }
}

TEST_P(PoolTest, HasTheSameBitsHoweverRowsAreCut) {
  for (const Kind kind : {Kind::kMax, Kind::kMean}) {
    for (const PoolCase& pool : PoolCases()) {
      Pooled whole(kind, pool, {2, 9, 8, 6}, GetParam());
      whole.ForwardAndBackward();
      Pooled cut(kind, pool, {2, 9, 8, 6}, GetParam());
      for (std::int64_t row = cut.pooling.window_rows(); row-- > 0;) cut.Forward({row, 1});
      for (std::int64_t row = cut.pooling.image_rows(); row-- > 0;) cut.Backward({row, 1});
      EXPECT_EQ(cut.output.values(), whole.output.values()) << pool.settings;
      EXPECT_EQ(cut.positions.values(), whole.positions.values()) << pool.settings;
      EXPECT_EQ(cut.d_image.values(), whole.d_image.values()) << pool.settings;
    }
  }
}

TEST_P(PoolTest, LetsANaNWinSoThatADivergenceShows) {
  for (const std::size_t place : {0U, 1U, 2U, 3U}) {
    Pooled pooled(Kind::kMax, {"kernel: 2", {2, 2, 2, 0}}, {1, 2, 2, 1}, GetParam());
    Values in = {1, 2, 3, std::numeric_limits<double>::infinity()};
    in[place] = std::numeric_limits<double>::quiet_NaN();
    WriteValues(pooled.image.view(), in);
    pooled.Forward({0, 1});
    EXPECT_TRUE(std::isnan(pooled.output.values()[0]));
    EXPECT_EQ(pooled.positions.values(), Values{static_cast<double>(place)});
  }
}

TEST_P(PoolTest, FindsTheFirstPlaceWithinTheImageAmongNegativeInfinities) {
  const double low = -std::numeric_limits<double>::infinity();
  const PoolCase pool = {"kernel: 3 stride: 2 padding: 1", {3, 3, 2, 1}};
  Pooled pooled(Kind::kMax, pool, {1, 3, 3, 1}, GetParam());
  WriteValues(pooled.image.view(), Values(9, low));
  pooled.Forward({0, 2});
  EXPECT_EQ(pooled.output.values(), Values(4, low));
  EXPECT_EQ(pooled.positions.values(), (Values{4, 3, 1, 0}));
}

INSTANTIATE_TEST_SUITE_P(Precisions, PoolTest, testing::Values(DataType::kF32, DataType::kBF16),
                         [](const auto& param) { return std::string(NameOf(param.param)); });

}  // namespace
}  // namespace lockstep
