// What all update rules do alike: blocks that are no weights, clipping, void steps, rounding.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/onednn_ops/test_backend.h"
#include "tests/onednn_ops/updated_slice.h"

namespace lockstep {
namespace {

class BlockUpdateTest : public testing::TestWithParam<OptimizerConfig::Type> {
 protected:
  UpdatedSlice SliceOf(std::vector<BlockRule> rules) const {
    UpdatedSlice slice(std::move(rules), rule_->moment_names().size());
    slice.gradient = RandomFloats(slice.blocks(), 2);
    slice.step.learning_rate = 0.5F;
    return slice;
  }

  static OptimizerConfig Config() {
    OptimizerConfig config;
    config.set_type(GetParam());
    if (GetParam() == OptimizerConfig::SGD) config.set_momentum(0.9);
    return config;
  }

  std::unique_ptr<Backend> backend_ = NewTestBackend(1);
  std::unique_ptr<Stream> stream_ = backend_->NewStream(Priority::kNormal);
  std::unique_ptr<UpdateRule> rule_ = backend_->MakeUpdateRule(Config());
};

TEST_P(BlockUpdateTest, KeepsEachKindOfBlockToItsRule) {
  UpdatedSlice slice = SliceOf({{BlockRule::kPadding, 0, 0},
                                {BlockRule::kStatistic, 0, 0.125F},
                                {BlockRule::kControl, 0, 0}});
  slice.verdict.scale = 0.5F;  // clipping is for gradients
  const Floats before = slice.master;
  rule_->Update(*stream_, slice.View());
  for (std::size_t i = 0; i < static_cast<std::size_t>(kElementsOfTestBlock); ++i) {
    const std::size_t statistic = i + kElementsOfTestBlock;
    const std::size_t control = i + 2 * kElementsOfTestBlock;
    ASSERT_EQ(slice.master[i], before[i]);
    ASSERT_EQ(slice.working[i], -1);
    ASSERT_EQ(slice.master[statistic],
              before[statistic] + 0.125F * (slice.gradient[statistic] - before[statistic]));
    ASSERT_EQ(slice.working[statistic], slice.master[statistic]);
    ASSERT_EQ(slice.master[control], slice.gradient[control]);
    ASSERT_EQ(slice.working[control], slice.master[control]);
  }
}

TEST_P(BlockUpdateTest, ScalesTheGradientByTheVerdict) {
  UpdatedSlice scaled = SliceOf({{BlockRule::kTrained, 0.1F, 0}});
  UpdatedSlice smaller = scaled;
  scaled.verdict.scale = 0.25F;
  for (float& gradient : smaller.gradient) gradient *= 0.25F;
  rule_->Update(*stream_, scaled.View());
  rule_->Update(*stream_, smaller.View());
  EXPECT_EQ(scaled.master, smaller.master);
  EXPECT_EQ(scaled.moments, smaller.moments);
}

TEST_P(BlockUpdateTest, AVoidStepWritesNothingButControlBlocks) {
  UpdatedSlice slice = SliceOf({{BlockRule::kTrained, 0.1F, 0},
                                {BlockRule::kStatistic, 0, 0.125F},
                                {BlockRule::kControl, 0, 0}});
  slice.gradient[3] = std::numeric_limits<float>::quiet_NaN();
  slice.verdict.is_void = 1;
  const UpdatedSlice before = slice;
  rule_->Update(*stream_, slice.View());
  const auto control = static_cast<std::ptrdiff_t>(2 * kElementsOfTestBlock);
  const auto same = [&](const Floats& got, const Floats& expected) {
    return std::equal(got.begin(), got.begin() + control, expected.begin());
  };
  EXPECT_TRUE(same(slice.master, before.master));
  EXPECT_TRUE(same(slice.working, before.working));
  EXPECT_EQ(slice.moments, before.moments);
  EXPECT_TRUE(std::equal(slice.master.begin() + control, slice.master.end(),
                         slice.gradient.begin() + control));
}

TEST_P(BlockUpdateTest, RoundsTheMastersToWorkingWeightsOf16Bits) {
  UpdatedSlice slice = SliceOf({{BlockRule::kTrained, 0, 0}});
  UpdatedSlice rounded = slice;
  rule_->Update(*stream_, slice.View());
  rule_->Update(*stream_, rounded.ViewOfBfloat16());
  EXPECT_EQ(rounded.master, slice.master);
  for (std::size_t i = 0; i < slice.master.size(); ++i) {
    ASSERT_EQ(rounded.working_bf16[i].bits, ToBfloat16(slice.master[i]).bits) << i;
  }
}

TEST_P(BlockUpdateTest, RefusesASliceWithoutTheMomentsOfItsRule) {
  UpdatedSlice slice({{BlockRule::kTrained, 0, 0}}, 0);
  slice.gradient = RandomFloats(1, 2);
  EXPECT_THROW(rule_->Update(*stream_, slice.View()), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Types, BlockUpdateTest,
                         testing::Values(OptimizerConfig::SGD, OptimizerConfig::ADAM,
                                         OptimizerConfig::ADAMW),
                         [](const auto& type) { return OptimizerConfig::Type_Name(type.param); });

/// The sums of squares of each block of `values`, on `threads` threads.
std::vector<double> SumsOf(Floats values, int threads) {
  const auto backend = NewTestBackend(threads);
  const auto stream = backend->NewStream(Priority::kNormal);
  std::vector<double> sums(values.size() / kElementsOfTestBlock);
  backend->SumSquaresOfBlocks(*stream, Tensor(sums.data(), Shape{std::ssize(sums)}, DataType::kF64),
                              Tensor(values.data(), Shape{std::ssize(values)}, DataType::kF32));
  return sums;
}

TEST(BlockNormTest, SumsTheSquaresOfEachBlock) {
  constexpr std::int64_t kBlocks = 67;
  const Floats values = RandomFloats(kBlocks, 3);
  const std::vector<double> sums = SumsOf(values, 1);
  for (std::size_t block = 0; block < sums.size(); ++block) {
    long double expected = 0;
    for (std::size_t i = 0; i < kElementsOfTestBlock; ++i) {
      const long double value = values[block * kElementsOfTestBlock + i];
      expected += value * value;
    }
    EXPECT_NEAR(sums[block], static_cast<double>(expected), 1e-12);
  }
  EXPECT_EQ(SumsOf(values, 2), sums);
}

TEST(BlockNormTest, IsFiniteWhereEveryValueIs) {
  Floats values(4 * kElementsOfTestBlock, std::numeric_limits<float>::max());
  values[1 * kElementsOfTestBlock + 5] = std::numeric_limits<float>::infinity();
  values[3 * kElementsOfTestBlock + 1023] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> sums = SumsOf(values, 1);
  EXPECT_TRUE(std::isfinite(sums[0]));
  EXPECT_FALSE(std::isfinite(sums[1]));
  EXPECT_TRUE(std::isfinite(sums[2]));
  EXPECT_FALSE(std::isfinite(sums[3]));
}

}  // namespace
}  // namespace lockstep
