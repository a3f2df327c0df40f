#pragma once

// The sum of two arrays: the step of every ordered sum and of the Add op.

#include <span>

namespace lockstep {

/// out = a + b, elementwise on one thread. Same length; `out` may be `a` or `b`.
void AddElements(std::span<const float> a, std::span<const float> b, std::span<float> out);

}  // namespace lockstep
