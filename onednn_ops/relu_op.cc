#include "onednn_ops/relu_op.h"

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/kernels/relu.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {

OpNeeds ReluOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {false};
  needs.backward_reads_output = true;
  return needs;
}

void ReluOp::Bind(const OpBuffers& buffers) {
  input_ = buffers.inputs[0];
  output_ = buffers.output;
  if (!buffers.d_inputs.empty()) {
    d_input_ = buffers.d_inputs[0];
  }
  d_output_ = buffers.d_output;
}

void ReluOp::Forward(Stream& stream, Phase /*phase*/) {
  CpuStreamOf(stream).Enter();
  SplitElements(input_.elements(), [this](ElementRange range) {
    ReluForward(input_.Range(range.first, range.count), output_.Range(range.first, range.count));
  });
}

void ReluOp::Backward(Stream& stream) {
  if (!d_input_.present()) {
    return;
  }
  CpuStreamOf(stream).Enter();
  SplitElements(d_input_.elements(), [this](ElementRange range) {
    ReluBackward(output_.Range(range.first, range.count), d_output_.Range(range.first, range.count),
                 d_input_.Range(range.first, range.count));
  });
}

}  // namespace lockstep
