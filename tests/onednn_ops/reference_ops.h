#pragma once

// The ops as their definitions say, in double precision and without a thought for speed: what the
// back ends are measured against. Checked by finite differences in reference_ops_test.cc.

#include <span>
#include <vector>

#include "core/device/op.h"

namespace lockstep {

using Values = std::vector<double>;

/// What a node reads; tensors in the order and layout of the schema.
struct ReferenceInputs {
  std::vector<Values> inputs;
  std::vector<Values> parameters;
};

struct ReferenceGradients {
  std::vector<Values> inputs;
  std::vector<Values> parameters;
};

/// The output of `node`. Throws std::logic_error for nodes that have no reference here: dropout
/// and the loss have tests of their own.
Values ReferenceForward(const NodeSpec& node, const ReferenceInputs& in);

/// Gradients of sum(d_output * output).
ReferenceGradients ReferenceBackward(const NodeSpec& node, const ReferenceInputs& in,
                                     std::span<const double> d_output);

}  // namespace lockstep
