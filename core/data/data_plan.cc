#include "core/data/data_plan.h"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.h"
#include "core/random/permutation.h"

namespace lockstep {

namespace {

void CheckAtLeastOne(const char* what, std::int64_t value) {
  if (value < 1) throw ConfigError(fmt::format("{}: expected at least 1, got {}", what, value));
}

}  // namespace

DataPlan::DataPlan(const DataPlanOptions& options) : options_(options) {
  CheckAtLeastOne("records of the data set", options.records);
  CheckAtLeastOne("batch", options.batch);
  CheckAtLeastOne("shards", options.shards);
  if (options.batch % options.shards != 0) {
    throw ConfigError(fmt::format(
        "batch: expected a multiple of shards = {}, so that all shards are equal, got {}",
        options.shards, options.batch));
  }
}

std::int64_t DataPlan::RecordOf(std::uint64_t sample) const {
  const auto records = static_cast<std::uint64_t>(options_.records);
  const auto position = static_cast<std::int64_t>(sample % records);
  if (!options_.shuffle) return position;
  return Permutation(options_.seed, sample / records, options_.records)(position);
}

std::uint64_t DataPlan::FirstSample(std::uint64_t step, int shard) const {
  return SamplesAfter(step) +
         static_cast<std::uint64_t>(shard) * static_cast<std::uint64_t>(shard_size());
}

std::uint64_t DataPlan::SamplesAfter(std::uint64_t steps) const {
  return steps * static_cast<std::uint64_t>(options_.batch);
}

std::int64_t DataPlan::StepsForEpochs(double epochs) const {
  const double samples = epochs * static_cast<double>(options_.records);
  if (!(epochs > 0) || samples > 0x1.0p62) {
    throw ConfigError(fmt::format("epochs: expected a finite number above 0, got {}", epochs));
  }
  // A product such as 0.7 * 10 may lie just above the whole number that was meant.
  const double slack = 1e-9 * samples;
  return StepsForSamples(static_cast<std::int64_t>(std::ceil(samples - slack)));
}

std::int64_t DataPlan::StepsForSamples(std::int64_t samples) const {
  return samples / options_.batch + (samples % options_.batch != 0 ? 1 : 0);
}

}  // namespace lockstep
