#pragma once

// max(x, 0) and its gradient, elementwise on one thread: bits do not depend on instruction set or
// threads.

#include "core/graph/tensor.h"

namespace lockstep {

// All tensors of one call have one length and one type, F32 or BF16; another type throws
// std::logic_error.

/// out = x < 0 ? 0 : x; a NaN stays one, so that a divergence shows. `out` may be `in`.
void ReluForward(const Tensor& in, const Tensor& out);

/// d_in = out <= 0 ? 0 : d_out. `d_in` may be `d_out`.
void ReluBackward(const Tensor& out, const Tensor& d_out, const Tensor& d_in);

}  // namespace lockstep
