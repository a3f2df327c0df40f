#pragma once

// The sum of two arrays: the step of every ordered sum and of the Add op.

#include "core/graph/tensor.h"

namespace lockstep {

/// out = a + b, elementwise on one thread, added in float32 and rounded once. All of one length and
/// one type, F32 or BF16; `out` may be `a` or `b`. Throws std::logic_error on another type.
void AddElements(const Tensor& a, const Tensor& b, const Tensor& out);

}  // namespace lockstep
