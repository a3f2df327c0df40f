// Every op against its definition, over shapes, threads and precisions.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/reference_ops.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

// What one rounding to `type` may add to a float32 sum: half a unit in the last place of bfloat16's
// 8 bits. Sums are rounded once, whatever the type of their terms.
double Rounding(DataType type) { return type == DataType::kBF16 ? 0x1p-8 : 0; }

// |got - expected| <= rounding |expected| + 1e-5 times the largest |expected|: float32 sums of up
// to some thousand products. A NaN that was never overwritten is not below any limit.
void ExpectClose(const Values& got, const Values& expected, double rounding,
                 const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  double largest = 0;
  for (const double value : expected) {
    largest = std::max(largest, std::abs(value));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double limit = rounding * std::abs(expected[i]) + 1e-5 * largest;
    ASSERT_LE(std::abs(got[i] - expected[i]), limit) << what << ", element " << i;
  }
}

// The type of activations, and how factors of it are multiplied.
struct Arithmetic {
  std::string name;
  DataType activations = DataType::kF32;
  Bf16Products products = Bf16Products::kInBf16;
};

std::vector<Arithmetic> Arithmetics() {
  return {{"F32", DataType::kF32, Bf16Products::kInBf16},
          {"BF16", DataType::kBF16, Bf16Products::kInBf16},
          {"BF16ByF32", DataType::kBF16, Bf16Products::kInFloat32}};
}

class OpConformanceTest : public testing::TestWithParam<std::tuple<OpCase, int, Arithmetic>> {
 protected:
  void ExpectOutput(const OpUnderTest& op) const {
    ExpectClose(op.output(), ReferenceForward(node_, in_), Rounding(TypeOfOutput(node_)), "output");
  }

  // Of the inputs that need one, and of all parameters.
  void ExpectGradients(OpUnderTest& op) const {
    const ReferenceGradients expected = ReferenceBackward(node_, in_, d_output_);
    for (std::size_t i = 0; i < expected.inputs.size(); ++i) {
      if (node_.input_needs_gradient[i]) {
        ExpectClose(op.d_input(i), expected.inputs[i], Rounding(node_.activations),
                    "d_input " + std::to_string(i));
      }
    }
    const bool widened = op.op().implementation().find("widened") != std::string::npos;
    for (std::size_t i = 0; i < expected.parameters.size(); ++i) {
      ExpectClose(op.d_parameter(i), expected.parameters[i],
                  Rounding(widened ? DataType::kBF16 : DataType::kF32),
                  "d_parameter " + std::to_string(i));
    }
  }

  std::unique_ptr<Backend> backend_ =
      NewTestBackend(std::get<1>(GetParam()), std::get<2>(GetParam()).products);
  NodeSpec node_ = SpecOf(std::get<0>(GetParam()), std::get<2>(GetParam()).activations);
  ReferenceInputs in_ = InputsFor(node_);
  Values d_output_ =
      RoundedTo(TypeOfOutput(node_), RandomValues(node_.schema.output.elements(), 99));
};

TEST_P(OpConformanceTest, ComputesWhatItsDefinitionSays) {
  OpUnderTest op(*backend_, node_);
  op.Fill(in_);
  op.Forward();
  ExpectOutput(op);
  op.Backward(d_output_);
  ExpectGradients(op);
  EXPECT_TRUE(op.stayed_within_bounds());
}

TEST_P(OpConformanceTest, OverwritesTheGradientsOfTheStepBefore) {
  OpUnderTest op(*backend_, node_);
  for (int step = 0; step < 2; ++step) {
    op.Fill(in_);
    op.Forward();
    op.Backward(d_output_);
  }
  ExpectGradients(op);
}

TEST_P(OpConformanceTest, LeavesOutTheGradientThatNobodyWants) {
  node_.input_needs_gradient.assign(node_.inputs.size(), false);
  OpUnderTest op(*backend_, node_);
  op.Fill(in_);
  op.Forward();
  op.Backward(d_output_);
  ExpectGradients(op);
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
                         testing::Combine(testing::ValuesIn(OpCases()), testing::Values(1, 2),
                                          testing::ValuesIn(Arithmetics())),
                         [](const auto& param) {
                           return std::get<0>(param.param).name + "In" +
                                  std::get<2>(param.param).name + "On" +
                                  std::to_string(std::get<1>(param.param));
                         });

class InputNormalizationTest : public testing::TestWithParam<DataType> {};

TEST_P(InputNormalizationTest, MapsPixelsAsItsDefinitionSays) {
  const auto backend = NewTestBackend(2);
  const std::string settings =
      "input_normalization { mean: [0.1, 0.5, 0.9] std: [0.2, 0.3, 0.04] }";
  for (const std::int64_t width : {1, 31, 901}) {  // below and above a run of the kernel's tables
    const NodeSpec node = SpecOf({"Normalization", settings, {Shape{2, 9, width, 3}}}, GetParam());
    const ReferenceInputs in = InputsFor(node);
    OpUnderTest op(*backend, node);
    op.Fill(in);
    op.Forward();
    ExpectClose(op.output(), ReferenceForward(node, in), Rounding(GetParam()), "output");
    op.Backward(op.output());
    EXPECT_TRUE(op.stayed_within_bounds());
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, InputNormalizationTest,
                         testing::Values(DataType::kF32, DataType::kBF16),
                         [](const auto& param) { return std::string(NameOf(param.param)); });

}  // namespace
}  // namespace lockstep
