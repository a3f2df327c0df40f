#pragma once

// Backend::Sum on the CPU: partial sums added in the order that the configuration fixes.

#include <span>

#include "core/device/sum_order.h"
#include "core/graph/tensor.h"

namespace lockstep {

/// out = the sum of `terms`, elementwise in float32, added in `order`, on one thread: the
/// communication thread calls this beside the OpenMP team of the compute thread. `out` may be one
/// of the terms, one term is a copy. Throws std::logic_error where the lengths differ, or the order
/// does not leave exactly one entry.
void SumInOrder(Tensor out, std::span<const Tensor> terms, const SumOrder& order);

}  // namespace lockstep
