#include "onednn_ops/add_op.h"

#include <cstring>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/kernels/add.h"
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
}

void AddOp::Forward(Stream& stream, Phase /*phase*/) {
  CpuStreamOf(stream).Enter();
  SplitElements(output_.elements(), [this](ElementRange range) {
    const auto part = [range](const Tensor& tensor) {
      return tensor.Range(range.first, range.count).As<float>();
    };
    AddElements(part(inputs_[0]), part(inputs_[1]), part(output_));
    for (std::size_t i = 2; i < inputs_.size(); ++i) {
      AddElements(part(output_), part(inputs_[i]), part(output_));
    }
  });
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
