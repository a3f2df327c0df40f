#pragma once

// InputNormalization by our own kernel.

#include <string>

#include "core/device/op.h"
#include "onednn_ops/kernels/normalize_pixels.h"

namespace lockstep {

/// Pixels have no gradient: Backward does nothing.
class InputNormalizationOp final : public Op {
 public:
  explicit InputNormalizationOp(const NodeSpec& node);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& /*stream*/) override {}
  std::string implementation() const override { return "own"; }

 private:
  PixelScaling scaling_;
  Tensor input_;
  Tensor output_;
};

}  // namespace lockstep
