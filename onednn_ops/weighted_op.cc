#include "onednn_ops/weighted_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/descriptors.h"

namespace lockstep {
namespace {

std::size_t ScratchOf(const dnnl::primitive_desc_base& primitive) {
  return primitive.scratchpad_desc().get_size();
}

dnnl::memory ScratchMemory(const dnnl::primitive_desc_base& primitive, const Tensor& scratch,
                           const dnnl::engine& engine) {
  return MemoryOf(scratch, primitive.scratchpad_desc(), engine);
}

}  // namespace

WeightedOp::WeightedOp(dnnl::engine engine, WeightedPrimitives primitives)
    : engine_(std::move(engine)),
      primitives_(std::move(primitives)),
      weights_(engine_, primitives_.plain_weights),
      forward_format_(weights_.Want(primitives_.forward.weights_desc())),
      forward_primitive_(primitives_.forward) {
  if (primitives_.backward_data) {
    backward_format_ = weights_.Want(primitives_.backward_data->weights_desc());
    backward_data_primitive_ = dnnl::primitive(*primitives_.backward_data);
  }
  if (primitives_.backward_weights) {
    backward_weights_primitive_ = dnnl::primitive(*primitives_.backward_weights);
    if (!weight_gradient_is_plain()) {
      gradient_reorder_ =
          dnnl::reorder::primitive_desc(engine_, primitives_.backward_weights->diff_weights_desc(),
                                        engine_, primitives_.plain_gradient, OpAttributes());
    }
  }
}

bool WeightedOp::weight_gradient_is_plain() const {
  return primitives_.backward_weights->diff_weights_desc() == primitives_.plain_gradient;
}

// The gradient in the library's format lies at the start of the scratch memory, the primitive's own
// behind it.
std::size_t WeightedOp::weight_gradient_scratch() const {
  return gradient_reorder_ ? Aligned(primitives_.backward_weights->diff_weights_desc().get_size())
                           : 0;
}

OpNeeds WeightedOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {primitives_.backward_weights.has_value()};
  needs.prepared_bytes = weights_.prepared_bytes();
  needs.scratch_bytes = std::max(weights_.scratch_bytes(), ScratchOf(primitives_.forward));
  if (primitives_.backward_data) {
    needs.scratch_bytes = std::max(needs.scratch_bytes, ScratchOf(*primitives_.backward_data));
  }
  if (primitives_.backward_weights) {
    std::size_t own = ScratchOf(*primitives_.backward_weights);
    if (gradient_reorder_) {
      own = std::max(own, ScratchOf(*gradient_reorder_));
    }
    needs.scratch_bytes = std::max(needs.scratch_bytes, weight_gradient_scratch() + own);
  }
  return needs;
}

void WeightedOp::Bind(const OpBuffers& buffers) {
  weights_.Bind({buffers.parameters[0], buffers.prepared, buffers.scratch});
  BindForward(buffers);
  if (primitives_.backward_data) {
    BindBackwardData(buffers);
  }
  if (primitives_.backward_weights) {
    BindBackwardWeights(buffers);
  }
}

void WeightedOp::BindForward(const OpBuffers& buffers) {
  const dnnl::primitive_desc& forward = primitives_.forward;
  std::vector<PrimitiveArgument> arguments = {
      {DNNL_ARG_SRC, MemoryOf(buffers.inputs[0], forward.src_desc(), engine_)},
      {DNNL_ARG_WEIGHTS, weights_.InFormat(forward_format_)},
      {DNNL_ARG_DST, MemoryOf(buffers.output, forward.dst_desc(), engine_)},
      {DNNL_ARG_SCRATCHPAD, ScratchMemory(forward, buffers.scratch, engine_)}};
  if (primitives_.has_bias) {
    arguments.emplace_back(DNNL_ARG_BIAS,
                           MemoryOf(buffers.parameters[1], forward.weights_desc(1), engine_));
  }
  forward_ = BoundPrimitive(forward_primitive_, arguments);
}

void WeightedOp::BindBackwardData(const OpBuffers& buffers) {
  const dnnl::primitive_desc& backward = *primitives_.backward_data;
  backward_data_ = BoundPrimitive(
      backward_data_primitive_,
      {{DNNL_ARG_DIFF_DST, MemoryOf(buffers.d_output, backward.diff_dst_desc(), engine_)},
       {DNNL_ARG_WEIGHTS, weights_.InFormat(backward_format_)},
       {DNNL_ARG_DIFF_SRC, MemoryOf(buffers.d_inputs[0], backward.diff_src_desc(), engine_)},
       {DNNL_ARG_SCRATCHPAD, ScratchMemory(backward, buffers.scratch, engine_)}});
}

void WeightedOp::BindBackwardWeights(const OpBuffers& buffers) {
  const dnnl::primitive_desc& backward = *primitives_.backward_weights;
  auto* own_scratch = static_cast<std::byte*>(buffers.scratch.data()) + weight_gradient_scratch();
  std::vector<PrimitiveArgument> arguments = {
      {DNNL_ARG_SRC, MemoryOf(buffers.inputs[0], backward.src_desc(), engine_)},
      {DNNL_ARG_DIFF_DST, MemoryOf(buffers.d_output, backward.diff_dst_desc(), engine_)},
      {DNNL_ARG_DIFF_WEIGHTS, BindWeightGradient(buffers)},
      {DNNL_ARG_SCRATCHPAD, dnnl::memory(backward.scratchpad_desc(), engine_, own_scratch)}};
  if (primitives_.has_bias) {
    arguments.emplace_back(DNNL_ARG_DIFF_BIAS, MemoryOf(buffers.d_parameters[1],
                                                        backward.diff_weights_desc(1), engine_));
  }
  backward_weights_ = BoundPrimitive(backward_weights_primitive_, arguments);
}

dnnl::memory WeightedOp::BindWeightGradient(const OpBuffers& buffers) {
  dnnl::memory plain = MemoryOf(buffers.d_parameters[0], primitives_.plain_gradient, engine_);
  if (!gradient_reorder_) {
    return plain;
  }
  auto* start = static_cast<std::byte*>(buffers.scratch.data());
  dnnl::memory blocked(primitives_.backward_weights->diff_weights_desc(), engine_, start);
  dnnl::memory own(gradient_reorder_->scratchpad_desc(), engine_,
                   start + weight_gradient_scratch());
  gradient_to_plain_ =
      BoundPrimitive(dnnl::reorder(*gradient_reorder_),
                     {{DNNL_ARG_FROM, blocked}, {DNNL_ARG_TO, plain}, {DNNL_ARG_SCRATCHPAD, own}});
  return blocked;
}

void WeightedOp::PrepareWeights(Stream& stream) { weights_.Prepare(CpuStreamOf(stream).Enter()); }

void WeightedOp::Forward(Stream& stream, Phase /*phase*/) {
  forward_.Run(CpuStreamOf(stream).Enter());
}

void WeightedOp::Backward(Stream& stream) {
  const dnnl::stream& entered = CpuStreamOf(stream).Enter();
  backward_weights_.Run(entered);
  gradient_to_plain_.Run(entered);
  backward_data_.Run(entered);
}

std::string WeightedOp::implementation() const {
  std::string text = primitives_.forward.impl_info_str();
  if (primitives_.backward_data) {
    text += fmt::format(", data {}", primitives_.backward_data->impl_info_str());
  }
  if (primitives_.backward_weights) {
    const bool widened = primitives_.backward_weights->diff_weights_desc().get_data_type() !=
                         dnnl::memory::data_type::f32;
    text += fmt::format(", weights {}{}", primitives_.backward_weights->impl_info_str(),
                        widened ? " in bf16, widened" : "");
  }
  return text;
}

}  // namespace lockstep
