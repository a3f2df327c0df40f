#include "onednn_ops/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lockstep {
namespace {

int RankOf(std::span<const float> logits, std::size_t label) {
  int rank = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    const bool behind = logits[c] < logits[label] || (logits[c] == logits[label] && c > label);
    rank += c != label && !behind ? 1 : 0;
  }
  return rank;
}

}  // namespace

CrossEntropy::CrossEntropy(int classes, double label_smoothing, std::span<const float> class_weight)
    : smoothing_(label_smoothing), weight_(class_weight.begin(), class_weight.end()) {
  weight_.resize(static_cast<std::size_t>(classes), 1.0);
  for (const double weight : weight_) {
    spread_.push_back(smoothing_ / classes * weight);
    spread_sum_ += spread_.back();
  }
}

SampleLoss CrossEntropy::Loss(std::span<const float> logits, int label,
                              std::span<float> probabilities) const {
  const auto y = static_cast<std::size_t>(label);
  if (label < 0 || y >= logits.size()) {
    throw std::logic_error("a label is none of the classes of the loss");
  }
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    const double e = std::exp(logits[c] - largest);
    probabilities[c] = static_cast<float>(e);
    sum += e;
  }
  const double log_sum = largest + std::log(sum);
  SampleLoss sample;
  sample.loss = (1 - smoothing_) * weight(label) * (log_sum - logits[y]);
  for (std::size_t c = 0; c < logits.size(); ++c) {
    probabilities[c] = static_cast<float>(probabilities[c] / sum);
    if (smoothing_ != 0) {
      sample.loss += spread_[c] * (log_sum - logits[c]);
    }
  }
  sample.rank_of_label = RankOf(logits, y);
  return sample;
}

void CrossEntropy::Gradient(std::span<const float> probabilities, int label, double scale,
                            std::span<float> d_logits) const {
  const double label_share = (1 - smoothing_) * weight(label);
  const double total = label_share + spread_sum_;
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    const double target = spread_[c] + (static_cast<int>(c) == label ? label_share : 0.0);
    d_logits[c] = static_cast<float>(scale * (total * probabilities[c] - target));
  }
}

}  // namespace lockstep
