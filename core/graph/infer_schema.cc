#include <fmt/format.h>

#include "core/errors.h"
#include "core/graph/infer_ops.h"
#include "core/graph/op_schema.h"

namespace lockstep {

OpSchema InferSchema(const NodeDef& node, std::span<const Shape> inputs) {
  switch (node.op_case()) {
    case NodeDef::kInputNormalization:
      return InferInputNormalization(node, inputs);
    case NodeDef::kConv2D:
      return InferConv2d(node, inputs);
    case NodeDef::kRelu:
      return InferRelu(node, inputs);
    case NodeDef::kMaxPool:
      return InferMaxPool(node, inputs);
    case NodeDef::kAvgPool:
      return InferAvgPool(node, inputs);
    case NodeDef::kGlobalAvgPool:
      return InferGlobalAvgPool(node, inputs);
    case NodeDef::kDense:
      return InferDense(node, inputs);
    case NodeDef::kAdd:
      return InferAdd(node, inputs);
    case NodeDef::kFlatten:
      return InferFlatten(node, inputs);
    case NodeDef::kDropout:
      return InferDropout(node, inputs);
    case NodeDef::kSoftmaxCrossEntropy:
      return InferSoftmaxCrossEntropy(node, inputs);
    case NodeDef::kBatchNorm:
      return InferBatchNorm(node, inputs);
    case NodeDef::OP_NOT_SET:
      break;
  }
  throw ConfigError(fmt::format("node '{}': expected an op, for example conv2d {{ ... }}, got none",
                                node.name()));
}

}  // namespace lockstep
