#include "onednn_ops/adam_update_rule.h"

#include <cmath>

#include "onednn_ops/block_update.h"
#include "onednn_ops/kernels/adam.h"

namespace lockstep {
namespace {

constexpr std::size_t kMoments = 2;

}  // namespace

AdamUpdateRule::AdamUpdateRule(const OptimizerConfig& optimizer)
    : beta1_(optimizer.beta1()),
      beta2_(optimizer.beta2()),
      epsilon_(static_cast<float>(optimizer.epsilon())),
      decays_weights_apart_(optimizer.type() == OptimizerConfig::ADAMW) {}

void AdamUpdateRule::Update(Stream& stream, const UpdateSlice& slice) const {
  const BlockUpdate blocks(slice, kMoments);
  const double rate = blocks.step().learning_rate;
  const auto steps = static_cast<double>(blocks.step().step + 1);
  AdamRates rates;
  rates.gradient_scale = blocks.gradient_scale();
  rates.beta1 = static_cast<float>(beta1_);
  rates.beta2 = static_cast<float>(beta2_);
  rates.gradient_share = static_cast<float>(1 - beta1_);
  rates.square_share = static_cast<float>(1 - beta2_);
  rates.step_size = static_cast<float>(rate / (1 - std::pow(beta1_, steps)));
  rates.square_root_correction = static_cast<float>(std::sqrt(1 - std::pow(beta2_, steps)));
  rates.epsilon = epsilon_;
  blocks.Run(stream, [&](const TrainedBlock& block) {
    AdamRates rates_of_block = rates;
    const double decay = block.weight_decay;
    if (decays_weights_apart_) {
      rates_of_block.kept_weight = static_cast<float>(1 - rate * decay);
    } else {
      rates_of_block.gradient_decay = block.weight_decay;
    }
    Adam(rates_of_block, {block.gradient, block.moments[0], block.moments[1], block.master});
  });
}

}  // namespace lockstep
