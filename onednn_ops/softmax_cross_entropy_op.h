#pragma once

// SoftmaxCrossEntropy by our own kernel: the last node of every training graph. Its output are the
// loss sums of one shard, its one parameter the control words that ride with the gradients.

#include <cstdint>
#include <span>
#include <string>

#include "core/device/op.h"
#include "core/device/step_input.h"
#include "onednn_ops/kernels/cross_entropy.h"

namespace lockstep {

/// Logits and their gradient are F32 or BF16; everything else is computed and stored in 32 bits or
/// more. Samples of weight 0 count in nothing and get a gradient of 0.
class SoftmaxCrossEntropyOp final : public Op {
 public:
  explicit SoftmaxCrossEntropyOp(const NodeSpec& node);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  void WriteControlWords(const StepInput& step) const;
  /// Row `sample` of [samples, classes]; a training op keeps them for Backward.
  std::span<float> probabilities(std::int64_t sample) const;

  CrossEntropy loss_;
  std::int64_t samples_;
  std::int64_t classes_;
  std::int64_t global_batch_;
  Phase phase_;
  Tensor logits_;
  Tensor labels_;
  Tensor sample_weights_;
  Tensor sums_;
  Tensor d_logits_;
  Tensor control_;
  Tensor probabilities_;
  Tensor step_input_;
  std::span<float> row_;  // the logits or their gradient of the sample at hand, in float32
};

}  // namespace lockstep
