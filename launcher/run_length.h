#pragma once

// How long a run is: the config says it in epochs, steps or samples.

#include <cstdint>

#include "configs/config.pb.h"
#include "core/data/data_plan.h"

namespace lockstep {

/// The length of a run.
struct RunLength {
  std::int64_t steps = 0;
  std::int64_t samples = 0;  ///< steps times the global batch
  double epochs = 0;         ///< samples over the training set's size
};

/// The data plan of `config` over a training set of `records` samples. Throws ConfigError.
DataPlan DataPlanOf(const Config& config, std::int64_t records);

/// Epochs E are ceil(E * records / batch) steps; samples are rounded up to whole steps.
RunLength LengthOf(const Config& config, const DataPlan& data);

}  // namespace lockstep
