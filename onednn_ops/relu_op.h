#pragma once

// Relu by our own kernel.

#include <string>

#include "core/device/op.h"

namespace lockstep {

/// The gradient is read off the output: the input need not be kept.
class ReluOp final : public Op {
 public:
  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  Tensor input_;
  Tensor output_;
  Tensor d_input_;
  Tensor d_output_;
};

}  // namespace lockstep
