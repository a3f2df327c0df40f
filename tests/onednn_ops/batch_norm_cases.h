#pragma once

// The nodes over which BatchNorm is tested: with and without sum and ReLU, channels that fill
// vector registers and that do not, less than a line, one chunk, many chunks.

#include <vector>

#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/reference_ops.h"

namespace lockstep {

/// Small enough for finite differences.
std::vector<OpCase> SmallBatchNormCases();

/// Those, and larger ones that are cut into several chunks.
std::vector<OpCase> BatchNormCases();

/// One of four shards; every input needs a gradient.
NodeSpec BatchNormSpec(const OpCase& op_case, DataType activations = DataType::kF32);

/// As InputsFor, with running variances above 0.
ReferenceInputs BatchNormInputs(const NodeSpec& node);

}  // namespace lockstep
