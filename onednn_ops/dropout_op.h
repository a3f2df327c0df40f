#pragma once

// Dropout by our own kernel. What is dropped depends on the sample's number in the endless stream,
// never on its place in a batch.

#include <cstdint>
#include <string>

#include "core/device/op.h"

namespace lockstep {

/// A training op saves one byte an element. In Phase::kEvaluate it copies.
class DropoutOp final : public Op {
 public:
  explicit DropoutOp(const NodeSpec& node);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override { return "own"; }

 private:
  void Draw();
  void Apply(const Tensor& in, const Tensor& out) const;

  std::uint64_t seed_;
  std::uint32_t node_number_;
  std::uint32_t threshold_;
  float scale_;
  Phase phase_;
  std::int64_t samples_;
  std::int64_t sample_elements_;
  Tensor input_;
  Tensor output_;
  Tensor d_input_;
  Tensor d_output_;
  Tensor keep_;
  Tensor step_input_;
};

}  // namespace lockstep
