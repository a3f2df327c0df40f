// SGD against its formula.

#include <gtest/gtest.h>

#include <vector>

#include "tests/onednn_ops/test_backend.h"
#include "tests/onednn_ops/updated_slice.h"

namespace lockstep {
namespace {

// torch.optim.SGD for one weight (PyTorch 2, torch/optim/sgd.py: _single_tensor_sgd), every
// operation in float32.
struct TorchSgd {
  float momentum = 0;
  bool nesterov = false;
  float weight_decay = 0;
  bool first = true;
  float velocity = 0;

  float Step(float weight, float gradient, float learning_rate) {
    const volatile float decay = weight_decay * weight;
    volatile float direction = gradient + decay;
    if (momentum != 0) {
      const volatile float kept = momentum * velocity;
      velocity = first ? direction : kept + direction;
      first = false;
      const volatile float ahead = momentum * velocity;
      direction = nesterov ? direction + ahead : velocity;
    }
    const volatile float change = learning_rate * direction;
    return weight - change;
  }
};

struct SgdCase {
  const char* name;
  double momentum;
  bool nesterov;
};

class SgdUpdateRuleTest : public testing::TestWithParam<SgdCase> {
 protected:
  OptimizerConfig Config() const {
    OptimizerConfig config;
    config.set_momentum(GetParam().momentum);
    config.set_nesterov(GetParam().nesterov);
    return config;
  }

  std::unique_ptr<Backend> backend_ = NewTestBackend(1);
  std::unique_ptr<Stream> stream_ = backend_->NewStream(Priority::kNormal);
};

TEST_P(SgdUpdateRuleTest, FollowsTheFormulaBitForBit) {
  const float decays[] = {0, 1e-2F};
  const auto rule = backend_->MakeUpdateRule(Config());
  ASSERT_EQ(rule->moment_names().size(), GetParam().momentum == 0 ? 0U : 1U);
  UpdatedSlice slice({{BlockRule::kTrained, decays[0], 0}, {BlockRule::kTrained, decays[1], 0}},
                     rule->moment_names().size());
  Floats expected = slice.master;
  std::vector<TorchSgd> torch(expected.size());
  for (std::uint32_t step = 0; step < 3; ++step) {
    slice.gradient = RandomFloats(slice.blocks(), 10 + step);
    slice.step.learning_rate = 0.1F / static_cast<float>(step + 1);
    rule->Update(*stream_, slice.View());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      torch[i].momentum = static_cast<float>(GetParam().momentum);
      torch[i].nesterov = GetParam().nesterov;
      torch[i].weight_decay = decays[i / kElementsOfTestBlock];
      expected[i] = torch[i].Step(expected[i], slice.gradient[i], slice.step.learning_rate);
    }
    EXPECT_EQ(slice.master, expected) << "step " << step;
    EXPECT_EQ(slice.working, expected) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, SgdUpdateRuleTest,
                         testing::Values(SgdCase{"Plain", 0, false},
                                         SgdCase{"Momentum", 0.9, false},
                                         SgdCase{"Nesterov", 0.9, true}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lockstep
