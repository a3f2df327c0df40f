#pragma once

// BatchNorm, with the Add and the Relu that the graph pass folded into it, by our own kernels.

#include <cstddef>
#include <string>

#include "core/device/op.h"
#include "onednn_ops/batch_norm_memory.h"
#include "onednn_ops/kernels/batch_norm_backward.h"
#include "onednn_ops/kernels/batch_norm_forward.h"
#include "onednn_ops/kernels/channel_columns.h"
#include "onednn_ops/kernels/stores.h"

namespace lockstep {

/// out = (x - mean) / sqrt(variance + eps) * weight + bias, then + the second input where there is
/// one, then max(, 0) where `relu` is set, for each channel (Ioffe and Szegedy 2015). In
/// Phase::kTrain with the statistics of the rows of this shard (N * H * W of them), the variance
/// divided by their number; else with the running ones.
///
/// Backward writes the gradients of inputs, weight and bias, and as gradients of the running
/// statistics this shard's part in their mean over the shards of a step: mean and unbiased variance
/// (divided by rows - 1) over the number of shards. Saved are the statistics and one bit an
/// element, so that nothing reads the output again. The bits of all results depend on shapes, never
/// on the number of threads.
class BatchNormOp final : public Op {
 public:
  /// Throws ConfigError for a training op with one row: its variance says nothing, and PyTorch
  /// refuses it too.
  explicit BatchNormOp(const NodeSpec& node);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  /// Over the rows of one channel.
  struct ChannelGradient {
    double sum = 0;       ///< of g, the gradient behind sum and ReLU
    double products = 0;  ///< of g * (x - mean)
  };

  Tensor other() const { return inputs_ > 1 ? buffers_.inputs[1] : Tensor(); }
  Tensor d_other() const { return inputs_ > 1 ? buffers_.d_inputs[1] : Tensor(); }

  void MeasureBatch() const;
  ChannelStatistics RunningStatistics() const;
  ColumnTransform TransformBy(const ChannelStatistics& statistics) const;
  void Apply(const ColumnTransform& transform, Phase phase) const;

  void SumGradients() const;
  void AddSumsOfChunks() const;
  ChannelGradient GradientOf(std::size_t channel) const;
  void WriteParameterGradients() const;
  GradientTransform TransformOfGradients() const;
  void WriteInputGradient(const GradientTransform& transform) const;

  std::size_t inputs_;
  ChannelColumns columns_;
  double eps_;
  bool relu_;
  Phase phase_;
  double part_of_step_;  // of this shard in the mean over shards
  Stores stores_;
  BatchNormMemory memory_;
  OpBuffers buffers_;
};

}  // namespace lockstep
