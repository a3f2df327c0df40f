#pragma once

// What a data set holds, counted: for people, and for `data.mean` and `data.std` of a recipe.

#include <cstdint>
#include <vector>

#include "core/data/dataset.h"

namespace lockstep {

struct DatasetStatistics {
  std::vector<std::int64_t> histogram;  ///< records of each class
  std::vector<double> mean;             ///< of each channel, in units of pixel / 255
  std::vector<double> std;              ///< likewise; the population's
};

/// Reads every record once. Sums are integers, so the figures do not depend on the order. Throws
/// what Dataset::Read throws.
DatasetStatistics StatisticsOf(const Dataset& dataset);

}  // namespace lockstep
