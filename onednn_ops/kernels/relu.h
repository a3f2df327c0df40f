#pragma once

// max(x, 0) and its gradient, elementwise on one thread: bits do not depend on instruction set or
// threads.

#include <span>

namespace lockstep {

/// out = x < 0 ? 0 : x; a NaN stays one, so that a divergence shows. Same length; `out` may be
/// `in`.
void ReluForward(std::span<const float> in, std::span<float> out);

/// d_in = out <= 0 ? 0 : d_out. Same length; `d_in` may be `d_out`.
void ReluBackward(std::span<const float> out, std::span<const float> d_out, std::span<float> d_in);

}  // namespace lockstep
