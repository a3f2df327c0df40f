#pragma once

// What stands in model.safetensors and optimizer.safetensors: a function of the model alone, with
// no trace of the number of ranks.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors_layout.h"
#include "core/plan/plan.h"

namespace lockstep {

inline constexpr std::string_view kModelFile = "model.safetensors";
inline constexpr std::string_view kOptimizerFile = "optimizer.safetensors";
/// Where asked for: an average of the weights over time.
inline constexpr std::string_view kEmaFile = "ema.safetensors";
/// What a batch normalization counts in PyTorch, int64: steps taken.
inline constexpr std::string_view kBatchCounterSuffix = ".num_batches_tracked";

/// Weights and statistics are saved; control words are not.
bool IsSaved(ParameterKind kind);
/// Whether the optimizer keeps moments of it.
bool IsTrained(ParameterKind kind);

/// "<parameter>.<moment>", for example "conv1.weight.momentum".
std::string MomentNameOf(const ParameterPlace& place, std::string_view moment);
/// The counters of the batch normalizations, recognized by their statistic running_mean.
std::vector<std::string> BatchCounterNames(const Plan& plan);

/// The batch counters (first, since eight bytes want the widest alignment), then all saved
/// parameters in the order of the graph, in file shapes.
SafetensorsLayout ModelLayoutOf(const Plan& plan);
/// The moments of all trained parameters, moment by moment.
SafetensorsLayout OptimizerLayoutOf(const Plan& plan, std::span<const std::string> moments);

}  // namespace lockstep
