#pragma once

// Class weights as the loss uses them: scaled to mean 1 over the data set, so that they do not
// change the size of a step. The divisor of the loss stays the global batch.

#include <span>
#include <vector>

#include "core/data/dataset.h"

namespace lockstep {

/// w[c] N / sum over records of w[label]. Throws ConfigError unless there is one weight a class.
/// Reads all labels.
std::vector<float> ScaleToMeanOne(std::span<const float> class_weights, const Dataset& dataset);

}  // namespace lockstep
