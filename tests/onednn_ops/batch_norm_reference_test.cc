// Negative control of the BatchNorm tests: the reference's gradients are those of its outputs.

#include "tests/onednn_ops/batch_norm_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/onednn_ops/batch_norm_cases.h"
#include "tests/onednn_ops/central_difference.h"

namespace lockstep {
namespace {

// So small a step crosses no corner of a ReLU here, and the third derivative leaves its square.
constexpr double kStep = 1e-6;
constexpr double kTolerance = 1e-6;
constexpr std::size_t kElementsTried = 7;

class BatchNormReferenceTest : public testing::TestWithParam<OpCase> {
 protected:
  double Objective() const {
    const Values out = BatchNormForward(node_, in_, Phase::kTrain);
    return std::inner_product(out.begin(), out.end(), d_output_.begin(), 0.0);
  }

  // `varied` is an element of in_.
  double Slope(double& varied) const {
    return CentralDifference([this] { return Objective(); }, varied, kStep);
  }

  void ExpectSlopes(Values& varied, const Values& gradient) const {
    const std::size_t every = std::max<std::size_t>(1, varied.size() / kElementsTried);
    for (std::size_t i = 0; i < varied.size(); i += every) {
      EXPECT_NEAR(Slope(varied[i]), gradient[i], kTolerance * (1 + std::abs(gradient[i])))
          << "element " << i;
    }
  }

  NodeSpec node_ = BatchNormSpec(GetParam());
  ReferenceInputs in_ = BatchNormInputs(node_);
  Values d_output_ = RandomValues(node_.schema.output.elements(), 99);
};

TEST_P(BatchNormReferenceTest, HasTheGradientsThatFiniteDifferencesShow) {
  const ReferenceGradients gradients = BatchNormBackward(node_, in_, d_output_);
  for (std::size_t i = 0; i < in_.inputs.size(); ++i) {
    ExpectSlopes(in_.inputs[i], gradients.inputs[i]);
  }
  ExpectSlopes(in_.parameters[0], gradients.parameters[0]);
  ExpectSlopes(in_.parameters[1], gradients.parameters[1]);
}

INSTANTIATE_TEST_SUITE_P(Cases, BatchNormReferenceTest, testing::ValuesIn(SmallBatchNormCases()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lockstep
