#include "tests/onednn_ops/op_under_test.h"

#include <algorithm>
#include <cstring>

#include "tests/onednn_ops/op_cases.h"

namespace lockstep {
namespace {

constexpr std::size_t kGuardBytes = 256;
constexpr int kPoison = 0xFF;

}  // namespace

void Poison(const Tensor& tensor) {
  if (tensor.present()) {
    std::memset(tensor.data(), kPoison, tensor.bytes());
  }
}

OpUnderTest::OpUnderTest(Backend& backend, NodeSpec node)
    : node_(std::move(node)),
      op_(backend.MakeOp(node_)),
      stream_(backend.NewStream(Priority::kNormal)),
      needs_(op_->Needs()),
      backend_(&backend) {
  for (std::size_t i = 0; i < node_.inputs.size(); ++i) {
    buffers_.inputs.push_back(NewTensor(node_.inputs[i], TypeOfInput(node_, i)));
    buffers_.d_inputs.push_back(
        node_.input_needs_gradient[i] ? NewTensor(node_.inputs[i], node_.activations) : Tensor());
  }
  for (const ParameterSpec& parameter : node_.schema.parameters) {
    buffers_.parameters.push_back(NewTensor(parameter.shape, TypeOfParameter(node_, parameter)));
    buffers_.d_parameters.push_back(NewTensor(parameter.shape, DataType::kF32));
  }
  buffers_.output = NewTensor(node_.schema.output, TypeOfOutput(node_));
  buffers_.d_output = NewTensor(node_.schema.output, TypeOfOutput(node_));
  buffers_.saved = NewBytes(needs_.saved_bytes);
  buffers_.scratch = NewBytes(needs_.scratch_bytes);
  buffers_.prepared = NewBytes(needs_.prepared_bytes);
  buffers_.step_input = NewBytes(sizeof(StepInput));
  SetStepInput(StepInput());
  op_->Bind(buffers_);
}

Tensor OpUnderTest::NewTensor(const Shape& shape, DataType type) {
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * SizeOf(type);
  memory_.push_back(backend_->Allocate(bytes + kGuardBytes));
  std::memset(memory_.back().data(), kPoison, bytes + kGuardBytes);
  return memory_.back().View(0, shape, type);
}

Tensor OpUnderTest::NewBytes(std::size_t bytes) {
  return bytes == 0 ? Tensor() : NewTensor(Shape{static_cast<std::int64_t>(bytes)}, DataType::kU8);
}

void OpUnderTest::SetStepInput(const StepInput& step) {
  std::memcpy(buffers_.step_input.data(), &step, sizeof(step));
}

void OpUnderTest::Fill(const ReferenceInputs& in) {
  for (std::size_t i = 0; i < in.inputs.size(); ++i) {
    WriteValues(buffers_.inputs[i], in.inputs[i]);
  }
  for (std::size_t i = 0; i < in.parameters.size(); ++i) {
    WriteValues(buffers_.parameters[i], in.parameters[i]);
  }
  op_->PrepareWeights(*stream_);
  Poison(buffers_.scratch);
}

void OpUnderTest::Forward(Phase phase) {
  op_->Forward(*stream_, phase);
  Poison(buffers_.scratch);
}

void OpUnderTest::Backward(const Values& d_output) {
  WriteValues(buffers_.d_output, d_output);
  for (std::size_t i = 0; i < buffers_.inputs.size(); ++i) {
    if (!needs_.backward_reads_input[i]) {
      Poison(buffers_.inputs[i]);
    }
  }
  if (!needs_.backward_reads_output) {
    Poison(buffers_.output);
  }
  op_->Backward(*stream_);
}

bool OpUnderTest::stayed_within_bounds() const {
  return std::ranges::all_of(memory_, [](const Buffer& buffer) {
    const auto* bytes = static_cast<const unsigned char*>(buffer.data());
    return std::all_of(bytes + buffer.bytes() - kGuardBytes, bytes + buffer.bytes(),
                       [](unsigned char byte) { return byte == kPoison; });
  });
}

}  // namespace lockstep
