#include "launcher/run_length.h"

namespace lockstep {
namespace {

std::int64_t StepsOf(const Config& config, const DataPlan& data) {
  switch (config.length_case()) {
    case Config::kEpochs:
      return data.StepsForEpochs(config.epochs());
    case Config::kSteps:
      return config.steps();
    case Config::kSamples:
      return data.StepsForSamples(config.samples());
    case Config::LENGTH_NOT_SET:
      break;
  }
  return 0;
}

}  // namespace

DataPlan DataPlanOf(const Config& config, std::int64_t records) {
  DataPlanOptions options;
  options.seed = config.seed();
  options.records = records;
  options.batch = config.batch();
  options.shards = config.shards();
  options.shuffle = config.data().shuffle();
  return DataPlan(options);
}

RunLength LengthOf(const Config& config, const DataPlan& data) {
  RunLength length;
  length.steps = StepsOf(config, data);
  length.samples = length.steps * data.batch();
  length.epochs = static_cast<double>(length.samples) / static_cast<double>(data.records());
  return length;
}

}  // namespace lockstep
