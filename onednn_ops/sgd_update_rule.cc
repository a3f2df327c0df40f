#include "onednn_ops/sgd_update_rule.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "onednn_ops/step_input_of.h"

namespace lockstep {
namespace {

constexpr std::int64_t kElementsOfBlock = 1024;

BlockRule RuleOfBlock(const Tensor& rules, std::int64_t block) {
  BlockRule rule;
  const auto* bytes = static_cast<const std::byte*>(rules.data());
  std::memcpy(&rule, bytes + static_cast<std::size_t>(block) * sizeof(rule), sizeof(rule));
  return rule;
}

void CheckSlice(const UpdateSlice& slice, std::size_t moments) {
  const std::int64_t elements = slice.master.elements();
  if (elements % kElementsOfBlock != 0 || slice.gradient.elements() != elements ||
      slice.working.elements() != elements || slice.moments.size() != moments) {
    throw std::logic_error("the tensors of a slice are not those of the update rule");
  }
}

// Running statistics: master += rate * (gradient - master).
void FollowStatistic(float rate, const SgdWeights& weights) {
  for (std::size_t i = 0; i < weights.master.size(); ++i) {
    const float change = rate * (weights.gradient[i] - weights.master[i]);
    weights.master[i] += change;
  }
}

}  // namespace

SgdUpdateRule::SgdUpdateRule(const OptimizerConfig& optimizer)
    : momentum_(static_cast<float>(optimizer.momentum())), nesterov_(optimizer.nesterov()) {}

std::vector<std::string> SgdUpdateRule::moment_names() const {
  return momentum_ == 0 ? std::vector<std::string>() : std::vector<std::string>{"momentum"};
}

void SgdUpdateRule::Update(Stream& /*stream*/, const UpdateSlice& slice) const {
  CheckSlice(slice, momentum_ == 0 ? 0 : 1);
  SgdRates rates;
  rates.learning_rate = StepInputOf(slice.step_input).learning_rate;
  rates.momentum = momentum_;
  const std::int64_t blocks = slice.master.elements() / kElementsOfBlock;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const auto part = [block](const Tensor& tensor) {
      return tensor.Range(block * kElementsOfBlock, kElementsOfBlock).As<float>();
    };
    SgdWeights weights;
    weights.gradient = part(slice.gradient);
    weights.master = part(slice.master);
    if (momentum_ != 0) {
      weights.velocity = part(slice.moments[0]);
    }
    UpdateBlock(RuleOfBlock(slice.block_rules, block), rates, weights);
    const auto working = part(slice.working);
    std::copy(weights.master.begin(), weights.master.end(), working.begin());
  }
}

void SgdUpdateRule::UpdateBlock(const BlockRule& rule, SgdRates rates,
                                const SgdWeights& weights) const {
  switch (rule.kind) {
    case BlockRule::kPadding:
      return;
    case BlockRule::kTrained:
      rates.weight_decay = rule.weight_decay;
      if (momentum_ == 0) {
        SgdPlain(rates, weights);
      } else if (nesterov_) {
        SgdNesterov(rates, weights);
      } else {
        SgdMomentum(rates, weights);
      }
      return;
    case BlockRule::kStatistic:
      FollowStatistic(rule.rate, weights);
      return;
    case BlockRule::kControl:
      std::copy(weights.gradient.begin(), weights.gradient.end(), weights.master.begin());
      return;
  }
}

}  // namespace lockstep
