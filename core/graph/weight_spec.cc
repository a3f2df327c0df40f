#include "core/graph/weight_spec.h"

namespace lockstep {
namespace {

std::int64_t WindowElements(const Shape& weight) {
  return weight.rank() == 4 ? weight[1] * weight[2] : 1;
}

FileLayout LayoutOf(const Shape& weight) {
  if (weight.rank() != 4) return {Shape(), weight};
  return {weight, Shape{weight[0], weight[3], weight[1], weight[2]}};
}

}  // namespace

ParameterSpec WeightSpec(const Shape& shape, const Initializer& initializer) {
  ParameterSpec weight;
  weight.name = "weight";
  weight.shape = shape;
  weight.kind = ParameterKind::kWeight;
  weight.layout = LayoutOf(shape);
  weight.initializer = initializer.type();
  weight.fan_in = shape[shape.rank() - 1] * WindowElements(shape);
  weight.fan_out = shape[0] * WindowElements(shape);
  return weight;
}

ParameterSpec BiasSpec(const ParameterSpec& weight) {
  ParameterSpec bias = weight;
  bias.name = "bias";
  bias.shape = Shape{weight.shape[0]};
  bias.kind = ParameterKind::kSmallWeight;
  bias.layout = {Shape(), bias.shape};
  bias.initializer =
      weight.initializer == Initializer::ZERO ? Initializer::ZERO : Initializer::PYTORCH;
  return bias;
}

}  // namespace lockstep
