#pragma once

// One op with memory that shows what it touches: everything it must write starts as NaN,
// everything it said it does not read is NaN when it runs, and bytes behind what it asked for
// must stay as they were.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/device/backend.h"
#include "core/device/step_input.h"
#include "tests/onednn_ops/reference_ops.h"
#include "tests/onednn_ops/tensor_values.h"

namespace lockstep {

/// The op of `node` on `backend`, which outlives it.
class OpUnderTest {
 public:
  OpUnderTest(Backend& backend, NodeSpec node);

  /// Writes tensors and prepares the weights.
  void Fill(const ReferenceInputs& in);
  void Forward(Phase phase = Phase::kTrain);
  /// Destroys whatever Needs() says Backward does not read, then runs it.
  void Backward(const Values& d_output);

  /// What was written.
  Values output() const { return ReadValues(buffers_.output); }
  Values d_input(std::size_t i) const { return ReadValues(buffers_.d_inputs[i]); }
  Values d_parameter(std::size_t i) const { return ReadValues(buffers_.d_parameters[i]); }
  /// For ops with inputs that are no activations.
  const OpBuffers& buffers() const { return buffers_; }
  Op& op() { return *op_; }
  Stream& stream() { return *stream_; }

  void SetStepInput(const StepInput& step);
  /// Whether all bytes behind the op's tensors are as they were.
  bool stayed_within_bounds() const;

 private:
  Tensor NewTensor(const Shape& shape, DataType type);
  Tensor NewBytes(std::size_t bytes);

  NodeSpec node_;
  std::unique_ptr<Op> op_;
  std::unique_ptr<Stream> stream_;
  OpNeeds needs_;
  std::vector<Buffer> memory_;
  Backend* backend_;
  OpBuffers buffers_;
};

/// Fills with bytes that are a NaN in every floating type.
void Poison(const Tensor& tensor);

}  // namespace lockstep
