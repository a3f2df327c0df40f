// Schemas of the ops that keep their input's shape, or its elements.

#include <fmt/format.h>

#include <cmath>

#include "core/graph/infer_ops.h"
#include "core/graph/node_check.h"

namespace lockstep {
namespace {

OpSchema SameShape(const Shape& shape) {
  OpSchema schema;
  schema.output = shape;
  return schema;
}

void CheckChannelCount(const NodeCheck& check, std::string_view field, std::int64_t count,
                       std::int64_t channels) {
  if (count != channels) {
    check.Fail(field, fmt::format("one for each of the {} channels", channels),
               std::to_string(count));
  }
}

}  // namespace

OpSchema InferInputNormalization(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  const InputNormalization& op = node.input_normalization();
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  CheckChannelCount(check, "mean", op.mean_size(), inputs[0][3]);
  CheckChannelCount(check, "std", op.std_size(), inputs[0][3]);
  for (float mean : op.mean()) {
    if (!std::isfinite(mean)) check.Fail("mean", "finite numbers", fmt::format("{}", mean));
  }
  check.Positive("std", op.std());
  return SameShape(inputs[0]);
}

OpSchema InferRelu(const NodeDef& node, std::span<const Shape> inputs) {
  NodeCheck(node).InputCount(inputs, 1);
  return SameShape(inputs[0]);
}

OpSchema InferAdd(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  if (inputs.size() < 2) check.Fail("input", "two or more", std::to_string(inputs.size()));
  for (const Shape& input : inputs) {
    if (input != inputs[0]) {
      check.Fail("input", fmt::format("{}, the shape of the first", ToText(inputs[0])),
                 ToText(input));
    }
  }
  return SameShape(inputs[0]);
}

OpSchema InferFlatten(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  check.InputCount(inputs, 1);
  check.Image(inputs[0]);
  const Shape& in = inputs[0];
  OpSchema schema = SameShape(Shape{in[0], in[1] * in[2] * in[3]});
  schema.is_view = true;
  return schema;
}

OpSchema InferDropout(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  check.InputCount(inputs, 1);
  check.Fraction("rate", node.dropout().rate());
  OpSchema schema = SameShape(inputs[0]);
  schema.is_view = node.dropout().rate() == 0;
  return schema;
}

}  // namespace lockstep
