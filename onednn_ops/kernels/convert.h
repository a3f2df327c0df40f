#pragma once

// Between float32 and bfloat16.

#include <span>

#include "core/graph/tensor.h"

namespace lockstep {

/// out = in, elementwise on one thread; exact. `in` is F32 or BF16 and as long as `out`. Throws
/// std::logic_error on another type.
void WidenElements(const Tensor& in, std::span<float> out);

/// out = in, elementwise on one thread, rounded to the nearest, ties to even. `out` is F32 or BF16
/// and as long as `in`. Throws std::logic_error on another type.
void RoundElements(std::span<const float> in, const Tensor& out);

}  // namespace lockstep
