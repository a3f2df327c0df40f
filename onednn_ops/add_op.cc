#include "onednn_ops/add_op.h"

#include <cstring>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/kernels/ordered_sum.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {

OpNeeds AddOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input.assign(inputs_.size(), false);
  return needs;
}

void AddOp::Bind(const OpBuffers& buffers) {
  inputs_ = buffers.inputs;
  d_inputs_ = buffers.d_inputs;
  output_ = buffers.output;
  d_output_ = buffers.d_output;
  order_.merges_after.assign(inputs_.size(), 1);
  order_.merges_after.front() = 0;
  CheckSum(output_, inputs_, order_);
}

void AddOp::Forward(Stream& stream, Phase /*phase*/) {
  CpuStreamOf(stream).Enter();
  SplitElements(output_.elements(),
                [this](ElementRange range) { SumInOrder(output_, inputs_, order_, range); });
}

void AddOp::Backward(Stream& stream) {
  CpuStreamOf(stream).Enter();
  for (const Tensor& d_input : d_inputs_) {
    if (!d_input.present() || d_input.data() == d_output_.data()) {
      continue;
    }
    SplitElements(d_input.elements(), [&](ElementRange range) {
      const Tensor to = d_input.Range(range.first, range.count);
      std::memcpy(to.data(), d_output_.Range(range.first, range.count).data(), to.bytes());
    });
  }
}

}  // namespace lockstep
