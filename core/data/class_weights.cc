#include "core/data/class_weights.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace lockstep {

std::vector<float> ScaleToMeanOne(std::span<const float> class_weights, const Dataset& dataset) {
  const auto classes = static_cast<std::size_t>(dataset.classes());
  if (class_weights.size() != classes) {
    throw ConfigError(fmt::format("loss.class_weight: expected {} weights, one a class, got {}",
                                  classes, class_weights.size()));
  }
  double sum = 0;
  for (std::int64_t record = 0; record < dataset.size(); ++record) {
    sum += class_weights[static_cast<std::size_t>(dataset.LabelOf(record))];
  }
  const double factor = static_cast<double>(dataset.size()) / sum;
  std::vector<float> scaled;
  for (float weight : class_weights) scaled.push_back(static_cast<float>(weight * factor));
  return scaled;
}

}  // namespace lockstep
