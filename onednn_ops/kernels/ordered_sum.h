#pragma once

// Backend::Sum on the CPU: terms added in the order that the configuration fixes.

#include <span>

#include "core/device/sum_order.h"
#include "core/graph/tensor.h"
#include "onednn_ops/element_range.h"

namespace lockstep {

/// Throws std::logic_error unless `order` is a program for `terms` that leaves exactly one entry,
/// and `out` and all terms have one length and one type, F32 or BF16.
void CheckSum(const Tensor& out, std::span<const Tensor> terms, const SumOrder& order);

/// out = the sum of `terms` over the elements of `range`, elementwise in float32, added in `order`
/// and rounded once to their type. On one thread; the bits do not depend on how the
/// elements are cut into ranges. `out` may be one of the terms, one term is a copy. The arguments
/// have passed CheckSum.
void SumInOrder(const Tensor& out, std::span<const Tensor> terms, const SumOrder& order,
                ElementRange range);

}  // namespace lockstep
