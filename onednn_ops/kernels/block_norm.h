#pragma once

// The sum of squares of a run of gradients: a term of the gradient norm.

#include <span>

namespace lockstep {

/// In float64, where the square of a float32 is exact and a sum of 1,024 of them does not overflow:
/// not finite exactly where a value is not. One thread; values[i] goes to partial sum i % 16, these
/// are added pairwise: the same bits on every instruction set.
double SumSquares(std::span<const float> values);

}  // namespace lockstep
