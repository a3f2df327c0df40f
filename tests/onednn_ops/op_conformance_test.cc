// Every op against its definition, over shapes and threads.

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/reference_ops.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

// |got - expected| <= kTolerance |expected|, Euclidean norms over the tensor: float32 sums of up
// to some thousand products.
constexpr double kTolerance = 1e-5;

// A NaN that was never overwritten makes the distance a NaN, which is not below any limit.
void ExpectClose(const Values& got, const Values& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  double distance = 0;
  double norm = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    distance += (got[i] - expected[i]) * (got[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  EXPECT_LE(std::sqrt(distance), kTolerance * std::sqrt(norm)) << what;
}

class OpConformanceTest : public testing::TestWithParam<std::tuple<OpCase, int>> {
 protected:
  std::unique_ptr<Backend> backend_ = NewTestBackend(std::get<1>(GetParam()));
  NodeSpec node_ = SpecOf(std::get<0>(GetParam()));
  ReferenceInputs in_ = InputsFor(node_);
  Values d_output_ = RandomValues(node_.schema.output.elements(), 99);
};

TEST_P(OpConformanceTest, ComputesWhatItsDefinitionSays) {
  OpUnderTest op(*backend_, node_);
  op.Fill(in_);
  op.Forward();
  ExpectClose(op.output(), ReferenceForward(node_, in_), "output");
  op.Backward(d_output_);
  const ReferenceGradients expected = ReferenceBackward(node_, in_, d_output_);
  for (std::size_t i = 0; i < expected.inputs.size(); ++i) {
    ExpectClose(op.d_input(i), expected.inputs[i], "d_input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < expected.parameters.size(); ++i) {
    ExpectClose(op.d_parameter(i), expected.parameters[i], "d_parameter " + std::to_string(i));
  }
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(OpConformanceTest, OverwritesTheGradientsOfTheStepBefore) {
  OpUnderTest op(*backend_, node_);
  for (int step = 0; step < 2; ++step) {
    op.Fill(in_);
    op.Forward();
    op.Backward(d_output_);
  }
  const ReferenceGradients expected = ReferenceBackward(node_, in_, d_output_);
  ExpectClose(op.d_input(0), expected.inputs[0], "d_input 0");
  for (std::size_t i = 0; i < expected.parameters.size(); ++i) {
    ExpectClose(op.d_parameter(i), expected.parameters[i], "d_parameter " + std::to_string(i));
  }
}

TEST_P(OpConformanceTest, LeavesOutTheGradientThatNobodyWants) {
  node_.input_needs_gradient.assign(node_.inputs.size(), false);
  OpUnderTest op(*backend_, node_);
  op.Fill(in_);
  op.Forward();
  op.Backward(d_output_);
  const ReferenceGradients expected = ReferenceBackward(node_, in_, d_output_);
  for (std::size_t i = 0; i < expected.parameters.size(); ++i) {
    ExpectClose(op.d_parameter(i), expected.parameters[i], "d_parameter " + std::to_string(i));
  }
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(OpConformanceTest, ComputesTheSameBitsForEvaluation) {
  OpUnderTest train(*backend_, node_);
  train.Fill(in_);
  train.Forward();
  node_.phase = Phase::kEvaluate;
  OpUnderTest evaluate(*backend_, node_);
  evaluate.Fill(in_);
  evaluate.Forward(Phase::kEvaluate);
  EXPECT_EQ(evaluate.output(), train.output());
  EXPECT_TRUE(evaluate.stayed_within_bounds());
}

TEST_P(OpConformanceTest, NamesAnImplementationThatIsNotTheSlowReference) {
  const std::string implementation = backend_->MakeOp(node_)->implementation();
  EXPECT_EQ(implementation.find("ref"), std::string::npos) << implementation;
  RecordProperty("implementation", implementation);
}

INSTANTIATE_TEST_SUITE_P(Ops, OpConformanceTest,
                         testing::Combine(testing::ValuesIn(OpCases()), testing::Values(1, 2)),
                         [](const auto& param) {
                           return std::get<0>(param.param).name + "On" +
                                  std::to_string(std::get<1>(param.param));
                         });

TEST(InputNormalizationTest, MapsPixelsAsItsDefinitionSays) {
  const auto backend = NewTestBackend(2);
  const std::string settings =
      "input_normalization { mean: [0.1, 0.5, 0.9] std: [0.2, 0.3, 0.04] }";
  for (const std::int64_t width : {1, 31, 901}) {  // below and above a run of the kernel's tables
    const NodeSpec node = SpecOf({"Normalization", settings, {Shape{2, 9, width, 3}}});
    const ReferenceInputs in = InputsFor(node);
    OpUnderTest op(*backend, node);
    op.Fill(in);
    op.Forward();
    ExpectClose(op.output(), ReferenceForward(node, in), "output");
    op.Backward(op.output());
    EXPECT_TRUE(op.stayed_within_bounds());
  }
}

}  // namespace
}  // namespace lockstep
