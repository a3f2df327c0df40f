// Schemas of the ops that slide a window over an image: convolution and pooling.

#include <fmt/format.h>

#include "core/graph/infer_ops.h"
#include "core/graph/node_check.h"
#include "core/graph/weight_spec.h"

namespace lockstep {
namespace {

/// A window along one axis of the image.
struct Window {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
};

// (in + 2p - d(k-1) - 1) / s + 1, the formula of PyTorch's Conv2d and MaxPool2d with ceil_mode off.
std::int64_t OutputExtent(const NodeCheck& check, std::int64_t in, const Window& window) {
  const std::int64_t reach = window.dilation * (window.kernel - 1) + 1;
  const std::int64_t padded = in + 2 * window.padding;
  if (padded < reach) {
    check.Fail("kernel", fmt::format("a window within the padded input of {} pixels", padded),
               fmt::format("a window over {} pixels", reach));
  }
  return (padded - reach) / window.stride + 1;
}

void CheckKernel(const NodeCheck& check, bool is_set, std::int64_t kernel) {
  if (!is_set) check.Fail("kernel", "at least 1", "none");
  check.AtLeast("kernel", kernel, 1);
}

Window ConvolutionWindow(const NodeCheck& check, const Conv2d& op) {
  CheckKernel(check, op.has_kernel(), op.kernel());
  check.AtLeast("stride", op.stride(), 1);
  check.AtLeast("padding", op.padding(), 0);
  check.AtLeast("dilation", op.dilation(), 1);
  return {op.kernel(), op.stride(), op.padding(), op.dilation()};
}

void CheckGroups(const NodeCheck& check, const Conv2d& op, std::int64_t in) {
  check.AtLeast("groups", op.groups(), 1);
  if (in % op.groups() != 0) {
    check.Fail("groups", fmt::format("a divisor of the {} input channels", in),
               std::to_string(op.groups()));
  }
  if (op.channels() % op.groups() != 0) {
    check.Fail("groups", fmt::format("a divisor of the {} output channels", op.channels()),
               std::to_string(op.groups()));
  }
}

OpSchema ConvolutionSchema(const NodeCheck& check, const Shape& output, const Shape& weight) {
  check.Size("weight", weight);
  check.Size("output", output);
  OpSchema schema;
  schema.output = output;
  schema.forward_flops = 2 * output.elements() * weight[1] * weight[2] * weight[3];
  return schema;
}

template <typename Pool>
Window PoolingWindow(const NodeCheck& check, const Pool& op) {
  CheckKernel(check, op.has_kernel(), op.kernel());
  check.AtLeast("stride", op.stride(), 0);
  check.AtLeast("padding", op.padding(), 0);
  if (op.padding() > op.kernel() / 2) {
    check.Fail("padding", fmt::format("at most half the kernel, {}", op.kernel() / 2),
               std::to_string(op.padding()));
  }
  return {op.kernel(), op.stride() == 0 ? op.kernel() : op.stride(), op.padding(), 1};
}

OpSchema PoolingSchema(const NodeCheck& check, const Shape& in, const Window& window) {
  OpSchema schema;
  schema.output =
      Shape{in[0], OutputExtent(check, in[1], window), OutputExtent(check, in[2], window), in[3]};
  return schema;
}

}  // namespace

OpSchema InferConv2d(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  const Conv2d& op = node.conv2d();
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  const Shape& in = inputs[0];
  if (!op.has_channels()) check.Fail("channels", "at least 1", "none");
  check.AtLeast("channels", op.channels(), 1);
  const Window vertical = ConvolutionWindow(check, op);
  Window horizontal = vertical;
  if (op.has_kernel_width()) {
    check.AtLeast("kernel_width", op.kernel_width(), 1);
    horizontal.kernel = op.kernel_width();
  }
  CheckGroups(check, op, in[3]);
  const Shape weight{op.channels(), vertical.kernel, horizontal.kernel, in[3] / op.groups()};
  const Shape output{in[0], OutputExtent(check, in[1], vertical),
                     OutputExtent(check, in[2], horizontal), op.channels()};
  OpSchema schema = ConvolutionSchema(check, output, weight);
  schema.parameters.push_back(WeightSpec(weight, op.initializer()));
  if (op.bias()) schema.parameters.push_back(BiasSpec(schema.parameters[0]));
  return schema;
}

OpSchema InferMaxPool(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  return PoolingSchema(check, inputs[0], PoolingWindow(check, node.max_pool()));
}

OpSchema InferAvgPool(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  return PoolingSchema(check, inputs[0], PoolingWindow(check, node.avg_pool()));
}

OpSchema InferGlobalAvgPool(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  OpSchema schema;
  schema.output = Shape{inputs[0][0], 1, 1, inputs[0][3]};
  return schema;
}

}  // namespace lockstep
