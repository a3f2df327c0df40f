// Schemas of the ops on rows of features: dense layers and the loss.

#include <fmt/format.h>

#include "core/device/step_input.h"
#include "core/graph/infer_ops.h"
#include "core/graph/node_check.h"
#include "core/graph/weight_spec.h"

namespace lockstep {
namespace {

ParameterSpec ControlSpec() {
  ParameterSpec control;
  control.name = "control";
  control.shape = Shape{kControlWords};
  control.kind = ParameterKind::kControl;
  control.layout = {Shape(), control.shape};
  control.initializer = Initializer::ZERO;
  return control;
}

void CheckLossInputs(const NodeCheck& check, std::span<const Shape> inputs) {
  check.InputCount(inputs, 3);
  if (inputs[0].rank() != 2) check.Fail("logits", "a tensor [N, classes]", ToText(inputs[0]));
  const Shape samples{inputs[0][0]};
  if (inputs[1] != samples) check.Fail("labels", ToText(samples), ToText(inputs[1]));
  if (inputs[2] != samples) check.Fail("sample weights", ToText(samples), ToText(inputs[2]));
}

}  // namespace

OpSchema InferDense(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  const Dense& op = node.dense();
  check.InputCount(inputs, 1);
  const Shape& in = inputs[0];
  if (in.rank() != 2) {
    check.Fail("input", "a tensor [N, in] (put a flatten before it)", ToText(in));
  }
  if (!op.has_units()) check.Fail("units", "at least 1", "none");
  check.AtLeast("units", op.units(), 1);
  const Shape weight{op.units(), in[1]};
  OpSchema schema;
  schema.output = Shape{in[0], op.units()};
  check.Size("weight", weight);
  check.Size("output", schema.output);
  schema.parameters.push_back(WeightSpec(weight, op.initializer()));
  if (op.bias()) schema.parameters.push_back(BiasSpec(schema.parameters[0]));
  schema.forward_flops = 2 * schema.output.elements() * in[1];
  return schema;
}

OpSchema InferSoftmaxCrossEntropy(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  const SoftmaxCrossEntropy& op = node.softmax_cross_entropy();
  CheckLossInputs(check, inputs);
  check.Fraction("label_smoothing", op.label_smoothing());
  const std::int64_t classes = inputs[0][1];
  if (op.class_weight_size() != 0 && op.class_weight_size() != classes) {
    check.Fail("class_weight", fmt::format("none, or one for each of the {} classes", classes),
               std::to_string(op.class_weight_size()));
  }
  check.Positive("class_weight", op.class_weight());
  OpSchema schema;
  schema.output = Shape{kLossSums};
  schema.parameters.push_back(ControlSpec());
  return schema;
}

}  // namespace lockstep
