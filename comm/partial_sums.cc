#include "comm/partial_sums.h"

namespace lockstep {

PartialSums::PartialSums(Backend& backend, Tensor gradients, const SumOrder& order)
    : backend_(backend) {
  for (std::size_t shard = 0; shard < order.merges_after.size(); ++shard) {
    const int merges = order.merges_after[shard];
    const bool stays = merges == 0 && shard + 1 == order.merges_after.size();
    Step step;
    step.terms.assign(partials_.end() - merges, partials_.end());
    step.terms.push_back(gradients);
    step.order.merges_after.assign(step.terms.size(), 0);
    step.order.merges_after.back() = merges;
    partials_.resize(partials_.size() - static_cast<std::size_t>(merges));
    if (!stays) step.out = Entry(partials_.size(), gradients);
    partials_.push_back(stays ? gradients : step.out);
    steps_.push_back(step);
  }
}

Tensor PartialSums::Entry(std::size_t depth, const Tensor& gradients) {
  if (depth == buffers_.size()) buffers_.push_back(backend_.Allocate(gradients.bytes()));
  return buffers_[depth].View(0, gradients.shape(), DataType::kF32);
}

void PartialSums::Fold(Stream& stream, const Region& range, int index) {
  const Step& step = steps_.at(static_cast<std::size_t>(index));
  if (!step.out.present() || range.elements == 0) return;
  ranges_.clear();
  for (const Tensor& term : step.terms) {
    ranges_.push_back(term.Range(range.offset, range.elements));
  }
  backend_.Sum(stream, step.out.Range(range.offset, range.elements), ranges_, step.order);
}

std::size_t PartialSums::bytes() const {
  std::size_t total = 0;
  for (const Buffer& buffer : buffers_) total += buffer.bytes();
  return total;
}

}  // namespace lockstep
