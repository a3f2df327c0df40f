#pragma once

// An op with bfloat16 tensors that is computed in float32: the same products and sums, in the units
// of float32. For CPUs that multiply bfloat16 more slowly than that (onednn_ops/cpu_device.h).

#include <cstddef>
#include <memory>
#include <string>

#include "core/device/op.h"

namespace lockstep {

/// Parameters: weight in bfloat16, then perhaps a bias. What crosses memory between ops stays
/// bfloat16; float32 copies live in the scratch memory for one call.
class WidenedOp final : public Op {
 public:
  /// `inner` is the op of `node` with float32 activations. It has one input and saves nothing, and
  /// its Backward has read the input before it writes the input's gradient: both share one range.
  WidenedOp(const NodeSpec& node, std::unique_ptr<Op> inner);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& stream) override;
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override;

 private:
  std::size_t input_bytes() const;
  std::size_t output_bytes() const;
  std::size_t weight_bytes() const;

  Shape input_;
  Shape output_;
  Shape weight_;
  std::unique_ptr<Op> inner_;
  OpNeeds inner_needs_;
  OpBuffers buffers_;
  OpBuffers wide_;
};

}  // namespace lockstep
