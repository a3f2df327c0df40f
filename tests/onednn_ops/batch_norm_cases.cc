#include "tests/onednn_ops/batch_norm_cases.h"

#include <cmath>

namespace lockstep {
namespace {

const char* const kPlain = "batch_norm {}";
const char* const kRelu = "batch_norm { relu: true }";

OpCase WithSum(const std::string& name, const std::string& node, const Shape& shape) {
  return {name, node, {shape, shape}};
}

}  // namespace

std::vector<OpCase> SmallBatchNormCases() {
  return {
      {"OneChannel", kPlain, {{3, 7, 5, 1}}},
      {"ThreeChannelsWithRelu", kRelu, {{2, 9, 7, 3}}},
      WithSum("FiveChannelsWithSum", kPlain, {2, 5, 7, 5}),
      WithSum("SeventeenChannelsWithBoth", kRelu, {2, 6, 5, 17}),
      {"WholeRegistersWithRelu", kRelu, {{2, 5, 5, 32}}},
      WithSum("WideRowsWithBoth", kRelu, {2, 3, 3, 80}),
      {"Features", "batch_norm { eps: 0.25 momentum: 0.5 }", {{37, 20}}},
      {"LessThanALineWithRelu", kRelu, {{3, 5}}},
      {"FewRows", kPlain, {{5, 1, 1, 16}}},
  };
}

std::vector<OpCase> BatchNormCases() {
  std::vector<OpCase> cases = SmallBatchNormCases();
  cases.push_back({"ManyChunksWithRelu", kRelu, {{5, 33, 32, 48}}});
  cases.push_back(WithSum("ManyChunksWithBoth", kRelu, {4, 17, 23, 64}));
  cases.push_back(WithSum("OddChunksWithBoth", kRelu, {7, 31, 29, 17}));
  cases.push_back({"LargestChunks", kPlain, {{2, 96, 96, 16}}});
  cases.push_back(WithSum("PastTheCachesWithBoth", kRelu, {9, 61, 61, 17}));
  return cases;
}

NodeSpec BatchNormSpec(const OpCase& op_case, DataType activations) {
  NodeSpec node = SpecOf(op_case, activations);
  node.global_batch = 4 * node.inputs[0][0];
  return node;
}

ReferenceInputs BatchNormInputs(const NodeSpec& node) {
  ReferenceInputs in = InputsFor(node);
  for (double& variance : in.parameters[3]) variance = std::abs(variance) + 0.5;
  return in;
}

}  // namespace lockstep
