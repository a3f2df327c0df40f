#include "onednn_ops/sgd_update_rule.h"

#include "onednn_ops/block_update.h"
#include "onednn_ops/kernels/sgd.h"

namespace lockstep {

SgdUpdateRule::SgdUpdateRule(const OptimizerConfig& optimizer)
    : momentum_(static_cast<float>(optimizer.momentum())), nesterov_(optimizer.nesterov()) {}

std::vector<std::string> SgdUpdateRule::moment_names() const {
  return momentum_ == 0 ? std::vector<std::string>() : std::vector<std::string>{"momentum"};
}

void SgdUpdateRule::Update(Stream& stream, const UpdateSlice& slice) const {
  const BlockUpdate blocks(slice, momentum_ == 0 ? 0 : 1);
  SgdRates rates;
  rates.learning_rate = blocks.step().learning_rate;
  rates.gradient_scale = blocks.gradient_scale();
  rates.momentum = momentum_;
  blocks.Run(stream, [&](const TrainedBlock& block) {
    SgdRates rates_of_block = rates;
    rates_of_block.weight_decay = block.weight_decay;
    const SgdWeights weights{block.gradient, block.moments[0], block.master};
    if (momentum_ == 0) {
      SgdPlain(rates_of_block, weights);
    } else if (nesterov_) {
      SgdNesterov(rates_of_block, weights);
    } else {
      SgdMomentum(rates_of_block, weights);
    }
  });
}

}  // namespace lockstep
