#include "core/optimizer/replica_state.h"

#include <algorithm>

namespace lockstep {
namespace {

BlockRule RuleOf(const ParameterPlace& parameter, const OptimizerConfig& optimizer) {
  const auto decay = static_cast<float>(optimizer.weight_decay());
  switch (parameter.kind) {
    case ParameterKind::kWeight:
      return {.kind = BlockRule::kTrained, .weight_decay = decay};
    case ParameterKind::kSmallWeight:
      return {.kind = BlockRule::kTrained,
              .weight_decay = optimizer.decay_norms_and_biases() ? decay : 0.0F};
    case ParameterKind::kStatistic:
      return {.kind = BlockRule::kStatistic, .rate = parameter.statistic_rate};
    case ParameterKind::kControl:
      return {.kind = BlockRule::kControl};
  }
  return {};
}

std::size_t FloatBytes(std::int64_t elements) {
  return static_cast<std::size_t>(elements) * sizeof(float);
}

}  // namespace

std::vector<BlockRule> BlockRulesOf(const Plan& plan, const OptimizerConfig& optimizer) {
  std::vector<BlockRule> rules(static_cast<std::size_t>(plan.gradient_elements / kBlock));
  for (const ParameterPlace& parameter : plan.parameters) {
    const auto first = static_cast<std::size_t>(parameter.offset / kBlock);
    const auto count = static_cast<std::size_t>((parameter.elements + kBlock - 1) / kBlock);
    std::fill_n(rules.begin() + static_cast<std::ptrdiff_t>(first), count,
                RuleOf(parameter, optimizer));
  }
  return rules;
}

ReplicaState::ReplicaState(const ReplicaStateOptions& options)
    : pieces_(SlicesOf(options.plan, options.rank)), moment_names_(options.moment_names) {
  for (const SlicePiece& piece : pieces_) elements_ += piece.elements;
  master_ = options.backend.Allocate(FloatBytes(elements_));
  for (std::size_t i = 0; i < moment_names_.size(); ++i) {
    moments_.push_back(options.backend.Allocate(FloatBytes(elements_)));
  }
  const std::vector<BlockRule> rules = BlockRulesOf(options.plan, options.optimizer);
  block_rules_ =
      options.backend.Allocate(static_cast<std::size_t>(elements_ / kBlock) * sizeof(BlockRule));
  auto* packed_rules = static_cast<BlockRule*>(block_rules_.data());
  for (const SlicePiece& piece : pieces_) {
    std::copy_n(rules.begin() + piece.offset / kBlock, piece.elements / kBlock,
                packed_rules + piece.packed / kBlock);
  }
}

std::span<float> ReplicaState::master() const {
  return master_.View(0, Shape{elements_}, DataType::kF32).As<float>();
}

std::span<float> ReplicaState::moment(int index) const {
  return moments_.at(static_cast<std::size_t>(index))
      .View(0, Shape{elements_}, DataType::kF32)
      .As<float>();
}

std::size_t ReplicaState::bytes() const { return (1 + moments_.size()) * FloatBytes(elements_); }

UpdateSlice ReplicaState::SliceOf(const SlicePiece& piece) const {
  const std::size_t offset = FloatBytes(piece.packed);
  const Shape shape{piece.elements};
  UpdateSlice slice;
  slice.master = master_.View(offset, shape, DataType::kF32);
  for (const Buffer& moment : moments_) {
    slice.moments.push_back(moment.View(offset, shape, DataType::kF32));
  }
  const auto rule_bytes = static_cast<std::int64_t>(sizeof(BlockRule));
  slice.block_rules =
      block_rules_.View(static_cast<std::size_t>(piece.packed / kBlock * rule_bytes),
                        Shape{piece.elements / kBlock * rule_bytes}, DataType::kU8);
  return slice;
}

void ReplicaState::Load(std::span<float> packed, std::span<const float> full) const {
  for (const SlicePiece& piece : pieces_) {
    const auto source = full.subspan(static_cast<std::size_t>(piece.offset),
                                     static_cast<std::size_t>(piece.elements));
    std::copy(source.begin(), source.end(), packed.begin() + piece.packed);
  }
}

}  // namespace lockstep
