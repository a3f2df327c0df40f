#pragma once

// The cases of InferSchema, one function an op. Each validates all fields of its message and the
// input shapes, and throws ConfigError naming node, field, expected and got. Thread-safe.

#include <span>

#include "configs/model.pb.h"
#include "core/graph/op_schema.h"

namespace lockstep {

/// [N, H, W, C] uint8 to the same shape.
OpSchema InferInputNormalization(const NodeDef& node, std::span<const Shape> inputs);
/// [N, H, W, C] to [N, H', W', channels].
OpSchema InferConv2d(const NodeDef& node, std::span<const Shape> inputs);
/// Any shape to the same.
OpSchema InferRelu(const NodeDef& node, std::span<const Shape> inputs);
/// [N, H, W, C] to [N, H', W', C].
OpSchema InferMaxPool(const NodeDef& node, std::span<const Shape> inputs);
/// [N, H, W, C] to [N, H', W', C].
OpSchema InferAvgPool(const NodeDef& node, std::span<const Shape> inputs);
/// [N, H, W, C] to [N, 1, 1, C].
OpSchema InferGlobalAvgPool(const NodeDef& node, std::span<const Shape> inputs);
/// [N, in] to [N, units].
OpSchema InferDense(const NodeDef& node, std::span<const Shape> inputs);
/// Two or more inputs of one shape to that shape.
OpSchema InferAdd(const NodeDef& node, std::span<const Shape> inputs);
/// [N, H, W, C] to [N, H*W*C]; a view.
OpSchema InferFlatten(const NodeDef& node, std::span<const Shape> inputs);
/// Any shape to the same; a view where the rate is 0.
OpSchema InferDropout(const NodeDef& node, std::span<const Shape> inputs);
/// Logits [N, classes], labels [N] and sample weights [N] to loss sums [kLossSums].
OpSchema InferSoftmaxCrossEntropy(const NodeDef& node, std::span<const Shape> inputs);

/// One input, or two of one shape (the second added), to that shape.
OpSchema InferBatchNorm(const NodeDef& node, std::span<const Shape> inputs);

}  // namespace lockstep
