#pragma once

// MaxPool, AvgPool and GlobalAvgPool by our own kernels. oneDNN's add up the gradients of
// overlapping windows in bfloat16 itself and take several times as long for the gradient of a
// maximum.

#include <string>

#include "core/device/op.h"
#include "onednn_ops/kernels/max_pool.h"
#include "onednn_ops/kernels/mean_pool.h"

namespace lockstep {

/// A MaxPool whose input needs a gradient saves which place of each window was the largest, in a
/// byte where that suffices.
class PoolOp final : public Op {
 public:
  /// `node` is one of the three.
  explicit PoolOp(const NodeSpec& node);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  Pooling pooling_;
  bool is_max_;
  bool saves_positions_;
  PoolTensors forward_;
  PoolTensors backward_;
};

}  // namespace lockstep
