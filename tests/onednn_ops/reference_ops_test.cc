// Negative control of the conformance tests: the reference's gradients are those of its outputs.

#include "tests/onednn_ops/reference_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/onednn_ops/central_difference.h"
#include "tests/onednn_ops/op_cases.h"

namespace lockstep {
namespace {

// The ops are piecewise linear: central differences have no error but rounding.
constexpr double kStep = 1e-6;
constexpr double kTolerance = 1e-6;
constexpr std::size_t kElementsTried = 6;

class ReferenceOpsTest : public testing::TestWithParam<OpCase> {
 protected:
  double Objective() const {
    const Values out = ReferenceForward(node_, in_);
    return std::inner_product(out.begin(), out.end(), d_output_.begin(), 0.0);
  }

  // `varied` is a tensor of in_.
  double Slope(double& varied) const {
    return CentralDifference([this] { return Objective(); }, varied, kStep);
  }

  void ExpectSlopes(Values& varied, const Values& gradient) const {
    const std::size_t every = std::max<std::size_t>(1, varied.size() / kElementsTried);
    for (std::size_t i = 0; i < varied.size(); i += every) {
      EXPECT_NEAR(Slope(varied[i]), gradient[i], kTolerance) << "element " << i;
    }
  }

  NodeSpec node_ = SpecOf(GetParam());
  ReferenceInputs in_ = InputsFor(node_);
  Values d_output_ = RandomValues(node_.schema.output.elements(), 99);
};

TEST_P(ReferenceOpsTest, HasTheGradientsThatFiniteDifferencesShow) {
  const ReferenceGradients gradients = ReferenceBackward(node_, in_, d_output_);
  for (std::size_t i = 0; i < in_.inputs.size(); ++i) {
    ExpectSlopes(in_.inputs[i], gradients.inputs[i]);
  }
  for (std::size_t i = 0; i < in_.parameters.size(); ++i) {
    ExpectSlopes(in_.parameters[i], gradients.parameters[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, ReferenceOpsTest, testing::ValuesIn(OpCases()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lockstep
