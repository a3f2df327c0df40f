#pragma once

// Cross-entropy of the softmax of one sample, in double precision on one thread: the sums over
// samples are taken in their order, so that the bits depend on no team.

#include <span>
#include <vector>

namespace lockstep {

/// One sample seen by the loss.
struct SampleLoss {
  double loss = 0;
  int rank_of_label =
      0;  ///< logits in front of the label's; of equal ones the first class is in front
};

/// PyTorch's CrossEntropyLoss with label smoothing e and class weights w, without its division by
/// the sum of weights:
///   loss = (1 - e) w[y] (-log p[y]) + e / C * sum over c of w[c] (-log p[c])
class CrossEntropy {
 public:
  /// `class_weight` is empty (all 1) or holds one weight a class.
  CrossEntropy(int classes, double label_smoothing, std::span<const float> class_weight);

  /// Writes the softmax of `logits` to `probabilities`, both [classes]. Throws std::logic_error
  /// where the label is none of the classes. A logit that is not a number makes the loss not a
  /// number and outranks all others.
  SampleLoss Loss(std::span<const float> logits, int label, std::span<float> probabilities) const;

  /// d_logits = scale * d loss / d logits, from the probabilities of Loss.
  void Gradient(std::span<const float> probabilities, int label, double scale,
                std::span<float> d_logits) const;

 private:
  double weight(int c) const { return weight_[static_cast<std::size_t>(c)]; }

  double smoothing_;
  std::vector<double> weight_;
  std::vector<double> spread_;  // e / C * w[c]
  double spread_sum_ = 0;
};

}  // namespace lockstep
