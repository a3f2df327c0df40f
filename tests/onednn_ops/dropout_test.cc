// Dropout: what is dropped is a property of the sample, on every instruction set.

#include "onednn_ops/kernels/dropout.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "core/random/philox.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/tensor_values.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

constexpr std::int64_t kSamples = 4;
constexpr std::int64_t kElements = 4321;  // not a multiple of a draw's four words

class DropoutTest : public testing::TestWithParam<DataType> {
 protected:
  NodeSpec Spec(std::int64_t samples) const {
    NodeSpec node =
        SpecOf({"Dropout", "dropout { rate: 0.25 }", {Shape{samples, kElements}}}, GetParam());
    node.number = 5;
    node.seed = 11;
    return node;
  }

  // The output for inputs of 1, for samples [first, first + samples) of the stream.
  Values Drop(const NodeSpec& node, std::uint64_t first) const {
    OpUnderTest op(*backend_, node);
    op.Fill({{Values(static_cast<std::size_t>(node.inputs[0].elements()), 1.0)}, {}});
    StepInput step;
    step.first_sample = first;
    op.SetStepInput(step);
    op.Forward();
    return op.output();
  }

  static Values RowOf(const Values& values, std::int64_t row) {
    return {values.begin() + row * kElements, values.begin() + (row + 1) * kElements};
  }

  double kept_value_ = RoundedTo(GetParam(), {1 / (1 - 0.25F)})[0];
  std::unique_ptr<Backend> backend_ = NewTestBackend(2);
};

TEST_P(DropoutTest, DropsTheShareAskedForAndScalesTheRest) {
  const Values out = Drop(Spec(kSamples), 100);
  const auto dropped = std::count(out.begin(), out.end(), 0.0);
  const auto kept = std::count(out.begin(), out.end(), kept_value_);
  EXPECT_EQ(dropped + kept, kSamples * kElements);
  EXPECT_NEAR(static_cast<double>(dropped) / (kSamples * kElements), 0.25, 0.02);
}

TEST_P(DropoutTest, DropsTheSameOfASampleWhereverItStandsInABatch) {
  const std::uint64_t far = 0xFFFFFFFFULL - 1;  // the stream number passes 32 bits within the batch
  const Values four = Drop(Spec(kSamples), far);
  for (std::int64_t row = 0; row < kSamples; ++row) {
    EXPECT_EQ(Drop(Spec(1), far + static_cast<std::uint64_t>(row)), RowOf(four, row));
  }
}

TEST_P(DropoutTest, DrawsAnewForAnotherSampleNodeOrSeed) {
  const Values out = Drop(Spec(kSamples), 100);
  EXPECT_NE(RowOf(out, 0), RowOf(out, 1));
  NodeSpec other = Spec(kSamples);
  other.number = 6;
  EXPECT_NE(Drop(other, 100), out);
  other = Spec(kSamples);
  other.seed = 12;
  EXPECT_NE(Drop(other, 100), out);
}

TEST_P(DropoutTest, PassesTheGradientOfWhatItKept) {
  const NodeSpec node = Spec(kSamples);
  OpUnderTest op(*backend_, node);
  op.Fill({{RandomValues(kSamples * kElements, 1)}, {}});
  op.Forward();
  const Values out = op.output();
  op.Backward(Values(out.size(), 1.0));
  const Values d_in = op.d_input(0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(d_in[i], out[i] == 0 ? 0 : kept_value_) << i;
  }
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(DropoutTest, CopiesInEvaluation) {
  NodeSpec node = Spec(kSamples);
  node.phase = Phase::kEvaluate;
  OpUnderTest op(*backend_, node);
  const Values in = RoundedTo(GetParam(), RandomValues(kSamples * kElements, 1));
  op.Fill({{in}, {}});
  op.Forward(Phase::kEvaluate);
  EXPECT_EQ(op.output(), in);
}

INSTANTIATE_TEST_SUITE_P(Precisions, DropoutTest, testing::Values(DataType::kF32, DataType::kBF16),
                         [](const auto& param) { return std::string(NameOf(param.param)); });

TEST(KeepMaskTest, IsThePublishedGeneratorsOnEveryInstructionSet) {
  const DropoutDraws draws{0x123456789ABCDEFULL, 9, 0xFEDCBA9876ULL, 0x80000000};
  std::vector<std::uint8_t> expected(1003);
  for (std::uint32_t e = 0; e < expected.size(); ++e) {
    const auto words = Philox(draws.seed).Draw(CounterOf(e / 4, draws.node, draws.sample));
    expected[e] = words[e % 4] >= draws.threshold ? 1 : 0;
  }
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    std::vector<std::uint8_t> keep(expected.size(), 7);
    DrawKeepMask(draws, keep);
    EXPECT_EQ(keep, expected) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace
}  // namespace lockstep
