#include "onednn_ops/widened_op.h"

#include <algorithm>
#include <utility>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/descriptors.h"
#include "onednn_ops/kernels/convert.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

std::size_t WideBytes(const Shape& shape) {
  return Aligned(static_cast<std::size_t>(shape.elements()) * sizeof(float));
}

Tensor WideTensor(const Tensor& memory, std::size_t offset, const Shape& shape) {
  return Tensor(static_cast<std::byte*>(memory.data()) + offset, shape, DataType::kF32);
}

/// The bytes from `offset` on; absent where nothing is wanted.
Tensor Behind(const Tensor& memory, std::size_t offset, std::size_t bytes) {
  if (bytes == 0) {
    return {};
  }
  return memory.Range(static_cast<std::int64_t>(offset), static_cast<std::int64_t>(bytes));
}

void Widen(const Tensor& in, const Tensor& out) {
  SplitElements(in.elements(), [&](ElementRange range) {
    WidenElements(in.Range(range.first, range.count),
                  out.Range(range.first, range.count).As<float>());
  });
}

void Round(const Tensor& in, const Tensor& out) {
  SplitElements(in.elements(), [&](ElementRange range) {
    RoundElements(in.Range(range.first, range.count).As<float>(),
                  out.Range(range.first, range.count));
  });
}

}  // namespace

WidenedOp::WidenedOp(const NodeSpec& node, std::unique_ptr<Op> inner)
    : input_(node.inputs[0]),
      output_(node.schema.output),
      weight_(node.schema.parameters[0].shape),
      inner_(std::move(inner)),
      inner_needs_(inner_->Needs()) {}

std::size_t WidenedOp::input_bytes() const { return WideBytes(input_); }

std::size_t WidenedOp::output_bytes() const { return WideBytes(output_); }

std::size_t WidenedOp::weight_bytes() const { return WideBytes(weight_); }

OpNeeds WidenedOp::Needs() const {
  OpNeeds needs = inner_needs_;
  needs.scratch_bytes += input_bytes() + output_bytes();
  needs.prepared_bytes += weight_bytes();
  return needs;
}

// Scratch: input or its gradient, output or its gradient, the inner op's. Prepared: the weight, the
// inner op's.
void WidenedOp::Bind(const OpBuffers& buffers) {
  buffers_ = buffers;
  wide_ = buffers;
  wide_.inputs[0] = WideTensor(buffers.scratch, 0, input_);
  wide_.output = WideTensor(buffers.scratch, input_bytes(), output_);
  if (buffers.d_output.present()) {
    wide_.d_output = wide_.output;
  }
  if (buffers.d_inputs[0].present()) {
    wide_.d_inputs[0] = wide_.inputs[0];
  }
  wide_.scratch =
      Behind(buffers.scratch, input_bytes() + output_bytes(), inner_needs_.scratch_bytes);
  wide_.parameters[0] = WideTensor(buffers.prepared, 0, weight_);
  wide_.prepared = Behind(buffers.prepared, weight_bytes(), inner_needs_.prepared_bytes);
  inner_->Bind(wide_);
}

void WidenedOp::PrepareWeights(Stream& stream) {
  CpuStreamOf(stream).Enter();
  Widen(buffers_.parameters[0], wide_.parameters[0]);
  inner_->PrepareWeights(stream);
}

void WidenedOp::Forward(Stream& stream, Phase phase) {
  CpuStreamOf(stream).Enter();
  Widen(buffers_.inputs[0], wide_.inputs[0]);
  inner_->Forward(stream, phase);
  Round(wide_.output, buffers_.output);
}

void WidenedOp::Backward(Stream& stream) {
  CpuStreamOf(stream).Enter();
  Widen(buffers_.d_output, wide_.d_output);
  if (inner_needs_.backward_reads_input[0]) {
    Widen(buffers_.inputs[0], wide_.inputs[0]);
  }
  inner_->Backward(stream);
  if (buffers_.d_inputs[0].present()) {
    Round(wide_.d_inputs[0], buffers_.d_inputs[0]);
  }
}

std::string WidenedOp::implementation() const { return "float32 " + inner_->implementation(); }

}  // namespace lockstep
