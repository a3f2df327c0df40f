#include "onednn_ops/dropout_op.h"

#include <cmath>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/kernels/dropout.h"
#include "onednn_ops/split_elements.h"
#include "onednn_ops/step_input_of.h"

namespace lockstep {

DropoutOp::DropoutOp(const NodeSpec& node)
    : seed_(node.seed),
      node_number_(static_cast<std::uint32_t>(node.number)),
      threshold_(static_cast<std::uint32_t>(std::ldexp(node.def.dropout().rate(), 32))),
      scale_(1 / (1 - node.def.dropout().rate())),
      phase_(node.phase),
      samples_(node.inputs[0][0]),
      sample_elements_(node.inputs[0].elements() / samples_) {}

OpNeeds DropoutOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {false};
  if (phase_ == Phase::kTrain) {
    needs.saved_bytes = static_cast<std::size_t>(samples_ * sample_elements_);
  }
  return needs;
}

void DropoutOp::Bind(const OpBuffers& buffers) {
  input_ = buffers.inputs[0];
  output_ = buffers.output;
  if (!buffers.d_inputs.empty()) {
    d_input_ = buffers.d_inputs[0];
  }
  d_output_ = buffers.d_output;
  keep_ = Tensor(buffers.saved.data(), Shape{samples_ * sample_elements_}, DataType::kU8);
  step_input_ = buffers.step_input;
}

void DropoutOp::Forward(Stream& stream, Phase phase) {
  if (phase == Phase::kEvaluate) {
    stream.Copy(output_, input_);
    return;
  }
  CpuStreamOf(stream).Enter();
  Draw();
  Apply(input_, output_);
}

void DropoutOp::Backward(Stream& stream) {
  if (d_input_.present()) {
    CpuStreamOf(stream).Enter();
    Apply(d_output_, d_input_);
  }
}

void DropoutOp::Draw() {
  const std::uint64_t first_sample = StepInputOf(step_input_).first_sample;
  SplitUnits(samples_, sample_elements_, [&](ElementRange samples) {
    for (std::int64_t i = samples.first; i < samples.first + samples.count; ++i) {
      const auto sample = first_sample + static_cast<std::uint64_t>(i);
      DrawKeepMask({seed_, node_number_, sample, threshold_},
                   keep_.Range(i * sample_elements_, sample_elements_).As<std::uint8_t>());
    }
  });
}

void DropoutOp::Apply(const Tensor& in, const Tensor& out) const {
  SplitElements(in.elements(), [&](ElementRange range) {
    ApplyKeepMask(keep_.Range(range.first, range.count).As<const std::uint8_t>(), scale_,
                  in.Range(range.first, range.count), out.Range(range.first, range.count));
  });
}

}  // namespace lockstep
