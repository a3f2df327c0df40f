// Schemas of the ops that normalize by statistics of their input.

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "core/graph/infer_ops.h"
#include "core/graph/node_check.h"

namespace lockstep {
namespace {

ParameterSpec ChannelSpec(std::string name, std::int64_t channels, ParameterKind kind,
                          Initializer::Type initializer) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.shape = Shape{channels};
  spec.kind = kind;
  spec.layout = {Shape(), spec.shape};
  spec.initializer = initializer;
  return spec;
}

void CheckInputs(const NodeCheck& check, std::span<const Shape> inputs) {
  if (inputs.size() != 1 && inputs.size() != 2) {
    check.Fail("input", "one, or two of one shape", std::to_string(inputs.size()));
  }
  if (inputs[0].rank() != 4 && inputs[0].rank() != 2) {
    check.Fail("input", "a tensor [N, H, W, C] or [N, C]", ToText(inputs[0]));
  }
  if (inputs.size() == 2 && inputs[1] != inputs[0]) {
    check.Fail("input", fmt::format("{}, the shape of the first", ToText(inputs[0])),
               ToText(inputs[1]));
  }
}

void CheckSettings(const NodeCheck& check, const BatchNorm& op) {
  if (!(op.eps() > 0) || !std::isfinite(op.eps())) {
    check.Fail("eps", "a finite number above 0", fmt::format("{}", op.eps()));
  }
  if (!(op.momentum() >= 0 && op.momentum() <= 1)) {
    check.Fail("momentum", "a number from 0 to 1", fmt::format("{}", op.momentum()));
  }
}

}  // namespace

OpSchema InferBatchNorm(const NodeDef& node, std::span<const Shape> inputs) {
  const NodeCheck check(node);
  const BatchNorm& op = node.batch_norm();
  CheckInputs(check, inputs);
  CheckSettings(check, op);
  const std::int64_t channels = inputs[0][inputs[0].rank() - 1];
  const auto scale = op.zero_init() ? Initializer::ZERO : Initializer::ONE;
  OpSchema schema;
  schema.output = inputs[0];
  schema.parameters = {
      ChannelSpec("weight", channels, ParameterKind::kSmallWeight, scale),
      ChannelSpec("bias", channels, ParameterKind::kSmallWeight, Initializer::ZERO),
      ChannelSpec("running_mean", channels, ParameterKind::kStatistic, Initializer::ZERO),
      ChannelSpec("running_var", channels, ParameterKind::kStatistic, Initializer::ONE)};
  for (ParameterSpec& parameter : schema.parameters) {
    if (parameter.kind == ParameterKind::kStatistic) parameter.statistic_rate = op.momentum();
  }
  return schema;
}

}  // namespace lockstep
