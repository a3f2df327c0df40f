#pragma once

// BatchNorm with its sum and ReLU as the definition says, in double precision: what the op is
// measured against. Checked by finite differences in batch_norm_reference_test.cc.

#include <span>

#include "tests/onednn_ops/reference_ops.h"

namespace lockstep {

/// The output in `phase`; parameters are weight, bias, running mean and running variance.
Values BatchNormForward(const NodeSpec& node, const ReferenceInputs& in, Phase phase);

/// After a training pass: gradients of sum(d_output * output) for inputs, weight and bias; for the
/// running statistics mean and unbiased variance over the number of shards.
ReferenceGradients BatchNormBackward(const NodeSpec& node, const ReferenceInputs& in,
                                     std::span<const double> d_output);

}  // namespace lockstep
