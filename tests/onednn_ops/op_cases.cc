#include "tests/onednn_ops/op_cases.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <stdexcept>

#include "core/random/philox.h"
#include "tests/onednn_ops/tensor_values.h"

namespace lockstep {
namespace {

std::vector<OpCase> ConvolutionCases() {
  return {
      {"ConvolutionOfOneChannel", "conv2d { channels: 6 kernel: 5 padding: 2 }", {{3, 12, 12, 1}}},
      {"ConvolutionOfOneSample", "conv2d { channels: 17 kernel: 3 }", {{1, 7, 9, 3}}},
      {"ConvolutionWithStride",
       "conv2d { channels: 5 kernel: 3 stride: 2 padding: 1 }",
       {{2, 11, 8, 17}}},
      {"ConvolutionWithDilation",
       "conv2d { channels: 4 kernel: 3 dilation: 2 padding: 2 }",
       {{2, 9, 10, 3}}},
      {"ConvolutionInGroups",
       "conv2d { channels: 9 kernel: 3 groups: 3 padding: 1 }",
       {{2, 6, 5, 6}}},
      {"ConvolutionByChannel",
       "conv2d { channels: 16 kernel: 3 groups: 16 padding: 1 bias: false }",
       {{2, 6, 5, 16}}},
      {"ConvolutionNotSquare",
       "conv2d { channels: 3 kernel: 3 kernel_width: 1 bias: false }",
       {{2, 8, 6, 2}}},
      {"ConvolutionOfPoints", "conv2d { channels: 32 kernel: 1 }", {{2, 5, 5, 16}}},
      {"ConvolutionOfPointsWithStride",
       "conv2d { channels: 32 kernel: 1 stride: 2 bias: false }",
       {{2, 5, 5, 64}}},
      {"ConvolutionOfTheStem",
       "conv2d { channels: 16 kernel: 7 stride: 2 padding: 3 bias: false }",
       {{1, 21, 20, 3}}},
      {"ConvolutionOfWholeRegisters",
       "conv2d { channels: 32 kernel: 3 padding: 1 bias: false }",
       {{1, 7, 7, 64}}},
      {"ConvolutionWithEverythingOdd",
       "conv2d { channels: 15 kernel: 3 stride: 2 dilation: 2 padding: 2 groups: 5 }",
       {{1, 9, 11, 5}}},
  };
}

std::vector<OpCase> PoolCases() {
  return {
      {"MaxPool", "max_pool { kernel: 2 }", {{2, 6, 8, 6}}},
      {"MaxPoolOverlapping", "max_pool { kernel: 3 stride: 2 padding: 1 }", {{2, 9, 7, 17}}},
      {"MaxPoolThatLeavesARest", "max_pool { kernel: 2 }", {{1, 5, 7, 1}}},
      {"MaxPoolOfOneRegister", "max_pool { kernel: 2 }", {{3, 10, 10, 16}}},
      {"MaxPoolAtEveryPlace", "max_pool { kernel: 3 stride: 1 padding: 1 }", {{1, 5, 9, 5}}},
      {"MaxPoolWithGaps", "max_pool { kernel: 2 stride: 3 }", {{2, 9, 11, 3}}},
      {"MaxPoolOfTheStem", "max_pool { kernel: 3 stride: 2 padding: 1 }", {{2, 33, 31, 64}}},
      {"MaxPoolOfManyPlaces", "max_pool { kernel: 17 stride: 4 padding: 8 }", {{1, 23, 19, 3}}},
      {"AvgPoolAtEveryPlace", "avg_pool { kernel: 3 stride: 1 padding: 1 }", {{1, 5, 9, 5}}},
      {"AvgPool", "avg_pool { kernel: 2 }", {{2, 6, 8, 6}}},
      {"AvgPoolWithPadding", "avg_pool { kernel: 3 stride: 2 padding: 1 }", {{2, 9, 7, 17}}},
      {"GlobalAvgPool", "global_avg_pool {}", {{3, 7, 5, 17}}},
      {"GlobalAvgPoolOfWholeRegisters", "global_avg_pool {}", {{5, 7, 7, 64}}},
  };
}

}  // namespace

std::vector<OpCase> OpCases() {
  std::vector<OpCase> cases = ConvolutionCases();
  for (const OpCase& pool : PoolCases()) {
    cases.push_back(pool);
  }
  const std::vector<OpCase> others = {
      {"Relu", "relu {}", {{3, 5, 7, 3}}},
      {"ReluOverTheTeam", "relu {}", {{5, 32, 33, 17}}},
      {"Add", "add {}", {{3, 5, 7, 3}, {3, 5, 7, 3}}},
      {"AddOfThreeOverTheTeam", "add {}", {{5, 8191}, {5, 8191}, {5, 8191}}},
      {"Dense", "dense { units: 10 }", {{128, 84}}},
      {"DenseOfOneSample", "dense { units: 17 bias: false }", {{1, 3}}},
      {"DenseOfOneFeature", "dense { units: 3 }", {{5, 1}}},
      {"DenseWide", "dense { units: 120 }", {{32, 400}}},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

NodeSpec SpecOf(const OpCase& op_case, DataType activations) {
  NodeSpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(op_case.node, &spec.def)) {
    throw std::logic_error("not a node: " + op_case.node);
  }
  spec.def.set_name(op_case.name);
  spec.inputs = op_case.inputs;
  spec.activations = activations;
  spec.schema = InferSchema(spec.def, spec.inputs);
  spec.input_needs_gradient.assign(spec.inputs.size(), !spec.def.has_input_normalization());
  return spec;
}

DataType TypeOfInput(const NodeSpec& node, std::size_t i) {
  if (node.def.has_input_normalization()) {
    return DataType::kU8;
  }
  if (node.def.has_softmax_cross_entropy() && i > 0) {
    return i == 1 ? DataType::kI32 : DataType::kF32;
  }
  return node.activations;
}

DataType TypeOfParameter(const NodeSpec& node, const ParameterSpec& parameter) {
  return parameter.kind == ParameterKind::kWeight ? node.activations : DataType::kF32;
}

DataType TypeOfOutput(const NodeSpec& node) {
  return node.def.has_softmax_cross_entropy() ? DataType::kF32 : node.activations;
}

Values RandomValues(std::int64_t count, std::uint32_t stream) {
  const Philox philox(7);
  Values values;
  for (std::uint32_t i = 0; i < count; ++i) {
    values.push_back(ToUnitFloat(philox.Draw({i, stream, 0, 0})[0]) * 2 - 1);
  }
  return values;
}

ReferenceInputs InputsFor(const NodeSpec& node) {
  ReferenceInputs in;
  std::uint32_t stream = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    Values values = RandomValues(node.inputs[i].elements(), stream++);
    if (node.def.has_input_normalization()) {
      std::ranges::transform(values, values.begin(), [](double v) { return (v + 1) * 128; });
    }
    in.inputs.push_back(RoundedTo(TypeOfInput(node, i), values));
  }
  for (const ParameterSpec& parameter : node.schema.parameters) {
    in.parameters.push_back(RoundedTo(TypeOfParameter(node, parameter),
                                      RandomValues(parameter.shape.elements(), stream++)));
  }
  return in;
}

}  // namespace lockstep
