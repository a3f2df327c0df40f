#include "onednn_ops/pool_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/descriptors.h"

namespace lockstep {
namespace {

using dnnl::memory;

struct Pooling {
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  memory::dims window;
  memory::dims strides;
  memory::dims padding;
};

// MaxPool and AvgPool have the same fields.
template <typename Settings>
Pooling WindowsOf(const Settings& settings, dnnl::algorithm algorithm) {
  const std::int64_t stride = settings.stride() == 0 ? settings.kernel() : settings.stride();
  return {algorithm,
          {settings.kernel(), settings.kernel()},
          {stride, stride},
          {settings.padding(), settings.padding()}};
}

Pooling Describe(const NodeSpec& node) {
  if (node.def.has_max_pool()) {
    return WindowsOf(node.def.max_pool(), dnnl::algorithm::pooling_max);
  }
  if (node.def.has_avg_pool()) {
    return WindowsOf(node.def.avg_pool(), dnnl::algorithm::pooling_avg_include_padding);
  }
  const memory::dims whole = {node.inputs[0][1], node.inputs[0][2]};
  return {dnnl::algorithm::pooling_avg_include_padding, whole, whole, {0, 0}};
}

}  // namespace

PoolOp::PoolOp(const NodeSpec& node, const CpuDevice& device) : engine_(device.engine) {
  const Pooling p = Describe(node);
  const memory::dims no_dilation = {0, 0};
  const memory::desc input = ImageDescriptor(node.inputs[0]);
  const memory::desc output = ImageDescriptor(node.schema.output);
  const auto kind = node.phase == Phase::kTrain ? dnnl::prop_kind::forward_training
                                                : dnnl::prop_kind::forward_inference;
  planned_forward_ = dnnl::pooling_forward::primitive_desc(engine_, kind, p.algorithm, input,
                                                           output, p.strides, p.window, no_dilation,
                                                           p.padding, p.padding, OpAttributes());
  forward_primitive_ = dnnl::primitive(planned_forward_);
  if (node.phase == Phase::kTrain && node.input_needs_gradient[0]) {
    planned_backward_ = dnnl::pooling_backward::primitive_desc(
        engine_, p.algorithm, input, output, p.strides, p.window, no_dilation, p.padding, p.padding,
        planned_forward_, OpAttributes());
    backward_primitive_ = dnnl::primitive(*planned_backward_);
  }
}

OpNeeds PoolOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {false};
  needs.saved_bytes = planned_forward_.workspace_desc().get_size();
  needs.scratch_bytes = planned_forward_.scratchpad_desc().get_size();
  if (planned_backward_) {
    needs.scratch_bytes =
        std::max(needs.scratch_bytes, planned_backward_->scratchpad_desc().get_size());
  }
  return needs;
}

void PoolOp::Bind(const OpBuffers& buffers) {
  const memory workspace = MemoryOf(buffers.saved, planned_forward_.workspace_desc(), engine_);
  forward_ = BoundPrimitive(
      forward_primitive_,
      {{DNNL_ARG_SRC, MemoryOf(buffers.inputs[0], planned_forward_.src_desc(), engine_)},
       {DNNL_ARG_DST, MemoryOf(buffers.output, planned_forward_.dst_desc(), engine_)},
       {DNNL_ARG_WORKSPACE, workspace},
       {DNNL_ARG_SCRATCHPAD,
        MemoryOf(buffers.scratch, planned_forward_.scratchpad_desc(), engine_)}});
  if (planned_backward_) {
    const auto& planned = *planned_backward_;
    backward_ = BoundPrimitive(
        backward_primitive_,
        {{DNNL_ARG_DIFF_DST, MemoryOf(buffers.d_output, planned.diff_dst_desc(), engine_)},
         {DNNL_ARG_DIFF_SRC, MemoryOf(buffers.d_inputs[0], planned.diff_src_desc(), engine_)},
         {DNNL_ARG_WORKSPACE, workspace},
         {DNNL_ARG_SCRATCHPAD, MemoryOf(buffers.scratch, planned.scratchpad_desc(), engine_)}});
  }
}

void PoolOp::Forward(Stream& stream, Phase /*phase*/) { forward_.Run(CpuStreamOf(stream).Enter()); }

void PoolOp::Backward(Stream& stream) { backward_.Run(CpuStreamOf(stream).Enter()); }

std::string PoolOp::implementation() const {
  const std::string forward = planned_forward_.impl_info_str();
  return planned_backward_ ? fmt::format("{}, data {}", forward, planned_backward_->impl_info_str())
                           : forward;
}

}  // namespace lockstep
