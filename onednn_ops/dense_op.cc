#include "onednn_ops/dense_op.h"

#include "onednn_ops/descriptors.h"
#include "onednn_ops/weighted_op.h"

namespace lockstep {

using dnnl::memory;

std::unique_ptr<Op> MakeDenseOp(const NodeSpec& node, const CpuDevice& device) {
  const memory::desc input = MatrixDescriptor(node.inputs[0], node.activations);
  const memory::desc output = MatrixDescriptor(node.schema.output, node.activations);
  const Shape& weight = node.schema.parameters[0].shape;
  const auto fastest = [&weight](memory::data_type type) {
    return memory::desc({weight[0], weight[1]}, type, memory::format_tag::any);
  };
  const memory::data_type type = DnnlTypeOf(node.activations);
  const bool has_bias = node.def.dense().bias();
  const memory::desc bias = has_bias ? VectorDescriptor(output.get_dims()[1]) : memory::desc();
  const auto kind = node.phase == Phase::kTrain ? dnnl::prop_kind::forward_training
                                                : dnnl::prop_kind::forward_inference;
  const dnnl::inner_product_forward::primitive_desc forward(
      device.engine, kind, input, fastest(type), bias, output, OpAttributes());
  WeightedPrimitives primitives;
  primitives.forward = forward;
  primitives.plain_weights = MatrixDescriptor(weight, node.activations);
  primitives.plain_gradient = MatrixDescriptor(weight, DataType::kF32);
  primitives.has_bias = has_bias;
  if (node.phase == Phase::kTrain) {
    if (node.input_needs_gradient[0]) {
      primitives.backward_data = dnnl::inner_product_backward_data::primitive_desc(
          device.engine, input, fastest(type), output, forward, OpAttributes());
    }
    primitives.backward_weights = PlanWeightGradient(type, [&](memory::data_type gradient) {
      constexpr bool kAllowEmpty = true;
      return dnnl::inner_product_backward_weights::primitive_desc(
          device.engine, input, fastest(gradient), bias, output, forward, OpAttributes(),
          kAllowEmpty);
    });
  }
  return std::make_unique<WeightedOp>(device.engine, std::move(primitives));
}

}  // namespace lockstep
