// SGD against its formula, and the blocks that are no weights.

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "core/device/step_input.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

constexpr std::int64_t kElementsOfBlock = 1024;

using Floats = std::vector<float>;

Floats Random(std::int64_t blocks, std::uint32_t stream) {
  const Values values = RandomValues(blocks * kElementsOfBlock, stream);
  return {values.begin(), values.end()};
}

template <typename T>
Tensor Bytes(std::vector<T>& values) {
  return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size() * sizeof(T))},
                DataType::kU8);
}

Tensor View(Floats& values) {
  return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())}, DataType::kF32);
}

// A slice of weights and everything that is updated with it.
struct Slice {
  explicit Slice(std::vector<BlockRule> block_rules)
      : rules(std::move(block_rules)),
        master(Random(blocks(), 1)),
        velocity(master.size(), 0),
        working(master.size(), -1) {}

  std::int64_t blocks() const { return static_cast<std::int64_t>(rules.size()); }
  UpdateSlice View(bool has_moment) {
    return {lockstep::View(gradient),
            lockstep::View(master),
            has_moment ? std::vector<Tensor>{lockstep::View(velocity)} : std::vector<Tensor>(),
            lockstep::View(working),
            Bytes(rules),
            Bytes(step)};
  }

  std::vector<BlockRule> rules;
  Floats gradient;
  Floats master;
  Floats velocity;
  Floats working;
  std::vector<StepInput> step = std::vector<StepInput>(1);
};

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
  Slice slice({{BlockRule::kTrained, decays[0], 0}, {BlockRule::kTrained, decays[1], 0}});
  const auto rule = backend_->MakeUpdateRule(Config());
  ASSERT_EQ(rule->moment_names().size(), GetParam().momentum == 0 ? 0U : 1U);
  Floats expected = slice.master;
  std::vector<TorchSgd> torch(expected.size());
  for (std::uint32_t step = 0; step < 3; ++step) {
    slice.gradient = Random(slice.blocks(), 10 + step);
    slice.step[0].learning_rate = 0.1F / static_cast<float>(step + 1);
    rule->Update(*stream_, slice.View(GetParam().momentum != 0));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      torch[i].momentum = static_cast<float>(GetParam().momentum);
      torch[i].nesterov = GetParam().nesterov;
      torch[i].weight_decay = decays[i / kElementsOfBlock];
      expected[i] = torch[i].Step(expected[i], slice.gradient[i], slice.step[0].learning_rate);
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

TEST(BlockRuleTest, KeepsEachKindOfBlockToItsRule) {
  const auto backend = NewTestBackend(1);
  const auto stream = backend->NewStream(Priority::kNormal);
  Slice slice({{BlockRule::kPadding, 0, 0},
               {BlockRule::kStatistic, 0, 0.125F},
               {BlockRule::kControl, 0, 0}});
  slice.gradient = Random(slice.blocks(), 2);
  slice.step[0].learning_rate = 1;
  const Floats before = slice.master;
  backend->MakeUpdateRule(OptimizerConfig())->Update(*stream, slice.View(false));
  for (std::size_t i = 0; i < static_cast<std::size_t>(kElementsOfBlock); ++i) {
    const std::size_t statistic = i + kElementsOfBlock;
    const std::size_t control = i + 2 * kElementsOfBlock;
    ASSERT_EQ(slice.master[i], before[i]);
    ASSERT_EQ(slice.master[statistic],
              before[statistic] + 0.125F * (slice.gradient[statistic] - before[statistic]));
    ASSERT_EQ(slice.master[control], slice.gradient[control]);
  }
  EXPECT_EQ(slice.working, slice.master);
}

TEST(BlockRuleTest, RefusesASliceWithoutTheMomentsOfItsRule) {
  const auto backend = NewTestBackend(1);
  const auto stream = backend->NewStream(Priority::kNormal);
  OptimizerConfig config;
  config.set_momentum(0.9);
  Slice slice({{BlockRule::kTrained, 0, 0}});
  slice.gradient = Random(1, 2);
  EXPECT_THROW(backend->MakeUpdateRule(config)->Update(*stream, slice.View(false)),
               std::logic_error);
}

}  // namespace
}  // namespace lockstep
