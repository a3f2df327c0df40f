// Adam and AdamW against PyTorch's formulas in double precision.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/onednn_ops/test_backend.h"
#include "tests/onednn_ops/updated_slice.h"

namespace lockstep {
namespace {

constexpr float kDecay = 0.1F;

OptimizerConfig AdamConfig(OptimizerConfig::Type type) {
  OptimizerConfig config;
  config.set_type(type);
  config.set_beta1(0.8);
  config.set_beta2(0.95);
  config.set_epsilon(1e-3);
  return config;
}

// One weight by PyTorch 2's torch/optim/adam.py and adamw.py, _single_tensor_adam(w) without
// amsgrad and maximize.
struct TorchAdam {
  double weight = 0;
  double exp_avg = 0;
  double exp_avg_sq = 0;

  void Step(const OptimizerConfig& config, double gradient, double rate, double decay, int step) {
    if (config.type() == OptimizerConfig::ADAMW) {
      weight *= 1 - rate * decay;
    } else {
      gradient += decay * weight;
    }
    exp_avg += (gradient - exp_avg) * (1 - config.beta1());
    exp_avg_sq = exp_avg_sq * config.beta2() + (1 - config.beta2()) * gradient * gradient;
    const double step_size = rate / (1 - std::pow(config.beta1(), step));
    const double correction = std::sqrt(1 - std::pow(config.beta2(), step));
    const double divisor = std::sqrt(exp_avg_sq) / correction + config.epsilon();
    weight -= step_size * exp_avg / divisor;
  }
};

class AdamUpdateRuleTest : public testing::TestWithParam<OptimizerConfig::Type> {
 protected:
  std::unique_ptr<Backend> backend_ = NewTestBackend(1);
  std::unique_ptr<Stream> stream_ = backend_->NewStream(Priority::kNormal);
};

TEST_P(AdamUpdateRuleTest, FollowsPyTorchsFormulaForSeveralSteps) {
  const OptimizerConfig config = AdamConfig(GetParam());
  const auto rule = backend_->MakeUpdateRule(config);
  ASSERT_EQ(rule->moment_names(), (std::vector<std::string>{"exp_avg", "exp_avg_sq"}));
  UpdatedSlice slice({{BlockRule::kTrained, 0, 0}, {BlockRule::kTrained, kDecay, 0}}, 2);
  std::vector<TorchAdam> torch(slice.master.size());
  for (std::size_t i = 0; i < torch.size(); ++i) torch[i].weight = slice.master[i];
  for (int step = 1; step <= 6; ++step) {
    slice.gradient = RandomFloats(slice.blocks(), static_cast<std::uint32_t>(10 + step));
    slice.step.step = static_cast<std::uint64_t>(step - 1);
    slice.step.learning_rate = 0.125F / static_cast<float>(step);
    rule->Update(*stream_, slice.View());
    for (std::size_t i = 0; i < torch.size(); ++i) {
      const double decay = slice.rules[i / kElementsOfTestBlock].weight_decay;
      torch[i].Step(config, slice.gradient[i], slice.step.learning_rate, decay, step);
      ASSERT_NEAR(slice.master[i], torch[i].weight, 2e-6) << "step " << step << ", weight " << i;
      ASSERT_NEAR(slice.moments[0][i], torch[i].exp_avg, 1e-6);
      ASSERT_NEAR(slice.moments[1][i], torch[i].exp_avg_sq, 1e-6);
    }
    EXPECT_EQ(slice.working, slice.master);
  }
}

TEST_P(AdamUpdateRuleTest, ItsFirstStepIsTheRateInTheDirectionOfTheGradient) {
  OptimizerConfig config = AdamConfig(GetParam());
  config.set_epsilon(1e-20);
  UpdatedSlice slice({{BlockRule::kTrained, 0, 0}}, 2);
  slice.gradient = RandomFloats(1, 2);
  slice.step.learning_rate = 0.25F;
  const Floats before = slice.master;
  backend_->MakeUpdateRule(config)->Update(*stream_, slice.View());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (slice.gradient[i] == 0) continue;
    ASSERT_NEAR(before[i] - slice.master[i], slice.gradient[i] > 0 ? 0.25 : -0.25, 1e-6);
  }
}

TEST_P(AdamUpdateRuleTest, SplitOverATeamItGivesTheSameBits) {
  UpdatedSlice alone(std::vector<BlockRule>(67, {BlockRule::kTrained, kDecay, 0}), 2);
  alone.gradient = RandomFloats(alone.blocks(), 2);
  alone.step.learning_rate = 0.1F;
  UpdatedSlice split = alone;
  const auto team_backend = NewTestBackend(2);
  const auto team = team_backend->NewStream(Priority::kNormal);
  backend_->MakeUpdateRule(AdamConfig(GetParam()))->Update(*stream_, alone.View());
  team_backend->MakeUpdateRule(AdamConfig(GetParam()))->Update(*team, split.View());
  EXPECT_EQ(split.master, alone.master);
  EXPECT_EQ(split.moments, alone.moments);
}

INSTANTIATE_TEST_SUITE_P(Types, AdamUpdateRuleTest,
                         testing::Values(OptimizerConfig::ADAM, OptimizerConfig::ADAMW),
                         [](const auto& type) { return OptimizerConfig::Type_Name(type.param); });

TEST(AdamDecayTest, DecayApartFromTheGradientGivesOtherWeights) {
  const auto backend = NewTestBackend(1);
  const auto stream = backend->NewStream(Priority::kNormal);
  std::vector<Floats> weights;
  for (const auto type : {OptimizerConfig::ADAM, OptimizerConfig::ADAMW}) {
    UpdatedSlice slice({{BlockRule::kTrained, kDecay, 0}}, 2);
    slice.gradient = RandomFloats(1, 2);
    slice.step.learning_rate = 0.1F;
    backend->MakeUpdateRule(AdamConfig(type))->Update(*stream, slice.View());
    weights.push_back(slice.master);
  }
  EXPECT_NE(weights[0], weights[1]);
}

}  // namespace
}  // namespace lockstep
