#include "onednn_ops/block_update.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "onednn_ops/kernels/convert.h"
#include "onednn_ops/step_input_of.h"

namespace lockstep {
namespace {

void Check(const UpdateSlice& slice, std::size_t moments) {
  const std::int64_t elements = slice.master.elements();
  const bool rounds =
      slice.working.type() == DataType::kF32 || slice.working.type() == DataType::kBF16;
  if (elements % kElementsOfBlock != 0 || slice.gradient.elements() != elements || !rounds ||
      slice.working.elements() != elements || slice.moments.size() != moments) {
    throw std::logic_error("the tensors of a slice are not those of the update rule");
  }
}

GradientVerdict VerdictOf(const Tensor& bytes) {
  GradientVerdict verdict;
  if (bytes.present()) std::memcpy(&verdict, bytes.data(), sizeof(verdict));
  return verdict;
}

Tensor BlockOf(const Tensor& tensor, std::int64_t block) {
  return tensor.Range(block * kElementsOfBlock, kElementsOfBlock);
}

}  // namespace

BlockUpdate::BlockUpdate(const UpdateSlice& slice, std::size_t moments) : slice_(slice) {
  Check(slice, moments);
  blocks_ = slice.master.elements() / kElementsOfBlock;
  step_ = StepInputOf(slice.step_input);
  verdict_ = VerdictOf(slice.verdict);
}

BlockRule BlockUpdate::RuleOf(std::int64_t block) const {
  BlockRule rule;
  const auto* bytes = static_cast<const std::byte*>(slice_.block_rules.data());
  std::memcpy(&rule, bytes + static_cast<std::size_t>(block) * sizeof(rule), sizeof(rule));
  return rule;
}

bool BlockUpdate::IsWritten(const BlockRule& rule) const {
  if (rule.kind == BlockRule::kPadding) return false;
  return verdict_.is_void == 0 || rule.kind == BlockRule::kControl;
}

TrainedBlock BlockUpdate::Trained(std::int64_t block, const BlockRule& rule) const {
  TrainedBlock trained;
  trained.weight_decay = rule.weight_decay;
  trained.gradient = BlockOf(slice_.gradient, block).As<const float>();
  trained.master = BlockOf(slice_.master, block).As<float>();
  for (std::size_t i = 0; i < slice_.moments.size(); ++i) {
    trained.moments[i] = BlockOf(slice_.moments[i], block).As<float>();
  }
  return trained;
}

void BlockUpdate::UpdateUntrained(std::int64_t block, const BlockRule& rule) const {
  const auto gradient = BlockOf(slice_.gradient, block).As<const float>();
  const auto master = BlockOf(slice_.master, block).As<float>();
  if (rule.kind == BlockRule::kControl) {
    std::copy(gradient.begin(), gradient.end(), master.begin());
    return;
  }
  for (std::size_t i = 0; i < master.size(); ++i) {
    const float change = rule.rate * (gradient[i] - master[i]);
    master[i] += change;
  }
}

void BlockUpdate::WriteWorking(std::int64_t block) const {
  RoundElements(BlockOf(slice_.master, block).As<const float>(), BlockOf(slice_.working, block));
}

}  // namespace lockstep
