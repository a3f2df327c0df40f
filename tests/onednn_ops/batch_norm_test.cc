// BatchNorm with the sum and the ReLU folded into it, against its definition.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "core/errors.h"
#include "tests/onednn_ops/batch_norm_cases.h"
#include "tests/onednn_ops/batch_norm_reference.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

// Of the Euclidean norm of a float32 tensor.
constexpr double kTolerance = 1e-5;

// Sums are float32 or double in either precision; what is then rounded to bfloat16 once, to 8 bits,
// is off by another 2^-8 of itself at most.
double Tolerance(DataType type) { return kTolerance + (type == DataType::kBF16 ? 0x1p-8 : 0); }

// A NaN that was never overwritten makes the distance a NaN, which is not below any limit.
bool IsClose(const Values& got, const Values& expected, double tolerance) {
  double distance = 0;
  double norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    distance += (got.at(i) - expected[i]) * (got.at(i) - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(distance) <= tolerance * std::sqrt(norm);
}

void ExpectParameterGradients(const OpUnderTest& op, const ReferenceGradients& expected) {
  for (std::size_t i = 0; i < expected.parameters.size(); ++i) {
    EXPECT_TRUE(IsClose(op.d_parameter(i), expected.parameters[i], kTolerance))
        << "d_parameter " << i;
  }
}

class BatchNormTest : public testing::TestWithParam<std::tuple<OpCase, int, DataType>> {
 protected:
  void ExpectTrains(OpUnderTest& op) const {
    op.Fill(in_);
    op.Forward();
    const double tolerance = Tolerance(node_.activations);
    EXPECT_TRUE(IsClose(op.output(), BatchNormForward(node_, in_, Phase::kTrain), tolerance));
    op.Backward(d_output_);
    for (std::size_t i = 0; i < expected_.inputs.size(); ++i) {
      EXPECT_TRUE(IsClose(op.d_input(i), expected_.inputs[i], tolerance)) << "d_input " << i;
    }
    ExpectParameterGradients(op, expected_);
  }

  // Output, then gradients of inputs and parameters of one training pass.
  std::vector<Values> Train(Backend& backend) const {
    OpUnderTest op(backend, node_);
    op.Fill(in_);
    op.Forward();
    std::vector<Values> results = {op.output()};
    op.Backward(d_output_);
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) results.push_back(op.d_input(i));
    for (std::size_t i = 0; i < in_.parameters.size(); ++i) results.push_back(op.d_parameter(i));
    return results;
  }

  std::unique_ptr<Backend> backend_ = NewTestBackend(std::get<1>(GetParam()));
  NodeSpec node_ = BatchNormSpec(std::get<0>(GetParam()), std::get<2>(GetParam()));
  ReferenceInputs in_ = BatchNormInputs(node_);
  Values d_output_ = RoundedTo(node_.activations, RandomValues(node_.schema.output.elements(), 99));
  ReferenceGradients expected_ = BatchNormBackward(node_, in_, d_output_);
};

TEST_P(BatchNormTest, TrainsAsItsDefinitionSays) {
  OpUnderTest op(*backend_, node_);
  ExpectTrains(op);
  ExpectTrains(op);  // overwrites the gradients of the first
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(BatchNormTest, EvaluatesByTheRunningStatistics) {
  const Values expected = BatchNormForward(node_, in_, Phase::kEvaluate);
  OpUnderTest train(*backend_, node_);
  train.Fill(in_);
  train.Forward(Phase::kEvaluate);
  EXPECT_TRUE(IsClose(train.output(), expected, Tolerance(node_.activations)));
  node_.phase = Phase::kEvaluate;
  OpUnderTest evaluate(*backend_, node_);
  evaluate.Fill(in_);
  evaluate.Forward(Phase::kEvaluate);
  EXPECT_EQ(evaluate.output(), train.output());
  EXPECT_TRUE(evaluate.stayed_within_bounds());
}

TEST_P(BatchNormTest, LeavesOutTheGradientThatNobodyWants) {
  node_.input_needs_gradient[0] = false;
  OpUnderTest op(*backend_, node_);
  op.Fill(in_);
  op.Forward();
  op.Backward(d_output_);
  if (node_.inputs.size() > 1) {
    EXPECT_TRUE(IsClose(op.d_input(1), expected_.inputs[1], kTolerance));  // exact in either type
  }
  ExpectParameterGradients(op, expected_);
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(BatchNormTest, ComputesTheSameBitsOnOneThread) {
  EXPECT_EQ(Train(*backend_), Train(*NewTestBackend(1)));
}

TEST_P(BatchNormTest, TrainsAsItsDefinitionSaysOnEveryInstructionSet) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    OpUnderTest op(*backend_, node_);
    ExpectTrains(op);
    EXPECT_TRUE(op.stayed_within_bounds());
  }
  hwy::SetSupportedTargetsForTest(0);
}

INSTANTIATE_TEST_SUITE_P(Cases, BatchNormTest,
                         testing::Combine(testing::ValuesIn(BatchNormCases()),
                                          testing::Values(1, 2),
                                          testing::Values(DataType::kF32, DataType::kBF16)),
                         [](const auto& param) {
                           return std::get<0>(param.param).name + "In" +
                                  std::string(NameOf(std::get<2>(param.param))) + "On" +
                                  std::to_string(std::get<1>(param.param));
                         });

class LargeMeanTest : public testing::Test {
 protected:
  LargeMeanTest() {
    for (double& x : in_.inputs[0]) x = static_cast<float>(kMean + std::sqrt(3.0) * x);
  }

  // Channel c's variance in float32 as E[x^2] - E[x]^2.
  double NaiveVariance(std::size_t channel) const {
    float sum = 0;
    float squares = 0;
    float rows = 0;
    for (std::size_t i = channel; i < in_.inputs[0].size(); i += kChannels) {
      const auto x = static_cast<float>(in_.inputs[0][i]);
      sum += x;
      squares += x * x;
      ++rows;
    }
    return squares / rows - sum / rows * (sum / rows);
  }

  static constexpr double kMean = 1e4;  // the deviation is 1
  static constexpr std::int64_t kChannels = 16;
  NodeSpec node_ =
      BatchNormSpec({"LargeMean", "batch_norm { relu: true }", {{3, 37, 41, kChannels}}});
  ReferenceInputs in_ = BatchNormInputs(node_);
  Values d_output_ = RandomValues(node_.schema.output.elements(), 99);
};

TEST_F(LargeMeanTest, LosesNoDigits) {
  const auto backend = NewTestBackend(2);
  const ReferenceGradients expected = BatchNormBackward(node_, in_, d_output_);
  OpUnderTest op(*backend, node_);
  op.Fill(in_);
  op.Forward();
  EXPECT_TRUE(IsClose(op.output(), BatchNormForward(node_, in_, Phase::kTrain), kTolerance));
  op.Backward(d_output_);
  EXPECT_TRUE(IsClose(op.d_input(0), expected.inputs[0], kTolerance));
  ExpectParameterGradients(op, expected);
}

TEST_F(LargeMeanTest, FailsByTheNaiveFormula) {
  const Values expected = BatchNormBackward(node_, in_, d_output_).parameters[3];
  const double rows = 3 * 37 * 41;
  Values naive;
  for (std::size_t c = 0; c < kChannels; ++c) {
    naive.push_back(NaiveVariance(c) * rows / (rows - 1) / 4);
  }
  EXPECT_FALSE(IsClose(naive, expected, kTolerance));
}

TEST(BatchNormOpTest, ShowsADivergenceBehindTheRelu) {
  const NodeSpec node = BatchNormSpec({"NotANumber", "batch_norm { relu: true }", {{5, 2, 2, 3}}});
  ReferenceInputs in = BatchNormInputs(node);
  in.inputs[0][1] = std::numeric_limits<double>::quiet_NaN();
  const auto backend = NewTestBackend(1);
  OpUnderTest op(*backend, node);
  op.Fill(in);
  op.Forward();
  const Values out = op.output();
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(std::isnan(out[i]), i % 3 == 1) << i;
}

TEST(BatchNormOpTest, RefusesToTrainWithOneElementAChannel) {
  const auto backend = NewTestBackend(1);
  NodeSpec node = BatchNormSpec({"OneRow", "batch_norm {}", {{1, 1, 1, 8}}});
  try {
    backend->MakeOp(node);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("node 'OneRow'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("[1, 1, 1, 8]"));
  }
  node.phase = Phase::kEvaluate;
  EXPECT_NO_THROW(backend->MakeOp(node));
}

}  // namespace
}  // namespace lockstep
