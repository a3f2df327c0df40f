#include "onednn_ops/make_op.h"

#include <fmt/format.h>

#include <stdexcept>

#include "core/errors.h"
#include "onednn_ops/add_op.h"
#include "onednn_ops/batch_norm_op.h"
#include "onednn_ops/convolution_op.h"
#include "onednn_ops/dense_op.h"
#include "onednn_ops/dropout_op.h"
#include "onednn_ops/input_normalization_op.h"
#include "onednn_ops/pool_op.h"
#include "onednn_ops/relu_op.h"
#include "onednn_ops/softmax_cross_entropy_op.h"
#include "onednn_ops/widened_op.h"

namespace lockstep {
namespace {

// An op of convolution_op.h or dense_op.h, in the precision in which the device multiplies.
template <typename Make>
std::unique_ptr<Op> MakeWeighted(const NodeSpec& node, const CpuDevice& device, const Make& make) {
  if (node.activations == DataType::kF32 || device.bf16_products == Bf16Products::kInBf16) {
    return make(node, device);
  }
  NodeSpec wide = node;
  wide.activations = DataType::kF32;
  return std::make_unique<WidenedOp>(node, make(wide, device));
}

std::unique_ptr<Op> MakeByKind(const NodeSpec& node, const CpuDevice& device) {
  switch (node.def.op_case()) {
    case NodeDef::kInputNormalization:
      return std::make_unique<InputNormalizationOp>(node);
    case NodeDef::kConv2D:
      return MakeWeighted(node, device, MakeConvolutionOp);
    case NodeDef::kRelu:
      return std::make_unique<ReluOp>();
    case NodeDef::kMaxPool:
    case NodeDef::kAvgPool:
    case NodeDef::kGlobalAvgPool:
      return std::make_unique<PoolOp>(node);
    case NodeDef::kDense:
      return MakeWeighted(node, device, MakeDenseOp);
    case NodeDef::kAdd:
      return std::make_unique<AddOp>(node);
    case NodeDef::kDropout:
      return std::make_unique<DropoutOp>(node);
    case NodeDef::kSoftmaxCrossEntropy:
      return std::make_unique<SoftmaxCrossEntropyOp>(node);
    case NodeDef::kFlatten:
      throw std::logic_error("a view has no op: node " + node.def.name());
    case NodeDef::kBatchNorm:
      return std::make_unique<BatchNormOp>(node);
    case NodeDef::OP_NOT_SET:
      break;
  }
  throw std::logic_error("a node without an op: " + node.def.name());
}

}  // namespace

std::unique_ptr<Op> MakeOp(const NodeSpec& node, const CpuDevice& device) {
  if (node.activations != DataType::kF32 && node.activations != DataType::kBF16) {
    throw Unsupported(fmt::format(
        "node {}: back end onednn computes in F32 or BF16, got {}; set precision to F32 or BF16",
        node.def.name(), NameOf(node.activations)));
  }
  if (node.schema.is_view) {
    throw std::logic_error("a view has no op: node " + node.def.name());
  }
  try {
    return MakeByKind(node, device);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_unimplemented) {
      throw Unsupported(
          fmt::format("node {}: back end onednn has no form of it in {} on this CPU and isa: {}{}",
                      node.def.name(), NameOf(node.activations), error.what(),
                      node.activations == DataType::kF32 ? "" : "; set precision to F32"));
    }
    throw VendorError(
        fmt::format("oneDNN: planning node {} failed: {}", node.def.name(), error.what()));
  }
}

}  // namespace lockstep
