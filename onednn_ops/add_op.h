#pragma once

// Add by our own kernel.

#include <string>
#include <vector>

#include "core/device/op.h"
#include "core/device/sum_order.h"

namespace lockstep {

/// Inputs are added from the first to the last, in float32; the sum is rounded once.
class AddOp final : public Op {
 public:
  explicit AddOp(const NodeSpec& node) : inputs_(node.inputs.size()) {}

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  std::vector<Tensor> inputs_;
  std::vector<Tensor> d_inputs_;
  Tensor output_;
  Tensor d_output_;
  SumOrder order_;
};

}  // namespace lockstep
