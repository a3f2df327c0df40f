#include "onednn_ops/dense_op.h"

#include "onednn_ops/descriptors.h"
#include "onednn_ops/weighted_op.h"

namespace lockstep {

using dnnl::memory;

std::unique_ptr<Op> MakeDenseOp(const NodeSpec& node, const CpuDevice& device) {
  const memory::desc input = MatrixDescriptor(node.inputs[0]);
  const memory::desc output = MatrixDescriptor(node.schema.output);
  const memory::desc weights(MatrixDescriptor(node.schema.parameters[0].shape).get_dims(),
                             memory::data_type::f32, memory::format_tag::any);
  const bool has_bias = node.def.dense().bias();
  const memory::desc bias = has_bias ? VectorDescriptor(output.get_dims()[1]) : memory::desc();
  const auto kind = node.phase == Phase::kTrain ? dnnl::prop_kind::forward_training
                                                : dnnl::prop_kind::forward_inference;
  const dnnl::inner_product_forward::primitive_desc forward(device.engine, kind, input, weights,
                                                            bias, output, OpAttributes());
  WeightedPrimitives primitives;
  primitives.forward = forward;
  primitives.plain_weights = MatrixDescriptor(node.schema.parameters[0].shape);
  primitives.has_bias = has_bias;
  if (node.phase == Phase::kTrain) {
    if (node.input_needs_gradient[0]) {
      primitives.backward_data = dnnl::inner_product_backward_data::primitive_desc(
          device.engine, input, weights, output, forward, OpAttributes());
    }
    primitives.backward_weights = dnnl::inner_product_backward_weights::primitive_desc(
        device.engine, input, weights, bias, output, forward, OpAttributes());
  }
  return std::make_unique<WeightedOp>(device.engine, std::move(primitives));
}

}  // namespace lockstep
