#pragma once

// What exact reduction costs on the network, by formula: for `lockstep plan`, and to hold the
// reducer to it.

#include <cstdint>

#include "comm/gradient_norm.h"
#include "core/plan/plan.h"
#include "core/plan/reduction_tree.h"

namespace lockstep {

/// Bytes that `rank` sends in one step under Reduction::EXACT.
///   sum over regions of (R - 1) * slice * (P * 4 + W)
/// P the rank's partials, each cut into a slice for every peer; W the bytes of a working weight of
/// the region, for the gather of its updated slice. With P = 1 and W = 4 that is a ring all-reduce.
/// A check of all gradients adds (R - 1) * 8 for each block of a rank.
std::int64_t BytesSentPerStep(const Plan& plan, const ReductionTree& tree, int rank,
                              const GradientCheck& check);

}  // namespace lockstep
