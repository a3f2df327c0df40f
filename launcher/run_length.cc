#include "launcher/run_length.h"

#include <cmath>

namespace lockstep {
namespace {

std::int64_t StepsOf(const Config& config, std::int64_t records) {
  const std::int64_t batch = config.batch();
  switch (config.length_case()) {
    case Config::kEpochs:
      return static_cast<std::int64_t>(
          std::ceil(config.epochs() * static_cast<double>(records) / static_cast<double>(batch)));
    case Config::kSteps:
      return config.steps();
    case Config::kSamples:
      return (config.samples() + batch - 1) / batch;
    case Config::LENGTH_NOT_SET:
      break;
  }
  return 0;
}

}  // namespace

RunLength LengthOf(const Config& config, std::int64_t records) {
  RunLength length;
  length.steps = StepsOf(config, records);
  length.samples = length.steps * config.batch();
  length.epochs = static_cast<double>(length.samples) / static_cast<double>(records);
  return length;
}

}  // namespace lockstep
