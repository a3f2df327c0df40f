#pragma once

// The nodes over which conformance is tested: odd shapes, each setting away from its default
// somewhere.

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "core/device/op.h"
#include "tests/onednn_ops/reference_ops.h"

namespace lockstep {

struct OpCase {
  std::string name;  ///< letters and digits
  std::string node;  ///< NodeDef as Protobuf text
  std::vector<Shape> inputs;

  friend void PrintTo(const OpCase& op_case, std::ostream* out) { *out << op_case.name; }
};

std::vector<OpCase> OpCases();

/// The node of `op_case` with its schema; every input that can have a gradient needs one.
NodeSpec SpecOf(const OpCase& op_case, DataType activations = DataType::kF32);

// The types of a node's tensors. Parameters' gradients are always float32.
DataType TypeOfInput(const NodeSpec& node, std::size_t i);
DataType TypeOfParameter(const NodeSpec& node, const ParameterSpec& parameter);
DataType TypeOfOutput(const NodeSpec& node);

/// Values that the tensor's type holds exactly, in [-1, 1); whole ones from 0 to 255 for the inputs
/// of an input normalisation.
ReferenceInputs InputsFor(const NodeSpec& node);

/// `count` values in [-1, 1) that float32 holds exactly. Another `stream` gives others.
Values RandomValues(std::int64_t count, std::uint32_t stream);

}  // namespace lockstep
