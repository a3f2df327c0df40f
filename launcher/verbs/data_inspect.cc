#include "launcher/verbs/data_inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "core/data/data_plan.h"
#include "core/data/dataset_statistics.h"
#include "core/data/open_dataset.h"
#include "core/errors.h"
#include "launcher/json_text.h"

namespace lockstep {
namespace {

using nlohmann::ordered_json;

ordered_json Describe(const Dataset& dataset) {
  const ImageShape shape = dataset.image_shape();
  const DatasetStatistics statistics = StatisticsOf(dataset);
  ordered_json json;
  json["samples"] = dataset.size();
  json["shape"] = {shape.height, shape.width, shape.channels};
  json["classes"] = dataset.classes();
  json["histogram"] = statistics.histogram;
  json["mean"] = statistics.mean;
  json["std"] = statistics.std;
  json["sha256"] = dataset.digest();
  return json;
}

std::string Text(const std::string& split, const ordered_json& json) {
  return fmt::format(
      "{}\n  samples    {}\n  images     {} [height, width, channels]\n  classes    {}\n"
      "  per class  {}\n  mean       {:.4f}\n  std        {:.4f}\n  sha256     {}\n",
      split, json["samples"].get<std::int64_t>(), json["shape"].dump(), json["classes"].get<int>(),
      fmt::join(json["histogram"].get<std::vector<std::int64_t>>(), " "),
      fmt::join(json["mean"].get<std::vector<double>>(), " "),
      fmt::join(json["std"].get<std::vector<double>>(), " "), json["sha256"].get<std::string>());
}

void Summarize(const Config& config, const DataInspectOptions& options, Console& console) {
  const int classes = config.model().classes();
  const ordered_json train = Describe(*OpenDataset(config.data(), Split::TRAIN, classes));
  const ordered_json validation = Describe(*OpenDataset(config.data(), Split::VALIDATION, classes));
  console.Result(options.json ? JsonText({{"train", train}, {"validation", validation}})
                              : Text("train", train) + Text("validation", validation));
}

// The records of one epoch in the order in which the run reads them.
std::vector<std::int64_t> OrderOf(const Config& config, std::int64_t epoch) {
  const auto dataset = OpenDataset(config.data(), Split::TRAIN, config.model().classes());
  const auto records = static_cast<std::uint64_t>(dataset->size());
  if (static_cast<std::uint64_t>(epoch) >= std::numeric_limits<std::uint64_t>::max() / records) {
    throw ConfigError(fmt::format("--epoch {}: the stream of samples does not go that far", epoch));
  }
  const DataPlan plan(
      {config.seed(), dataset->size(), config.batch(), config.shards(), config.data().shuffle()});
  std::vector<std::int64_t> order;
  order.reserve(records);
  for (std::uint64_t position = 0; position < records; ++position) {
    order.push_back(plan.RecordOf(static_cast<std::uint64_t>(epoch) * records + position));
  }
  return order;
}

}  // namespace

ExitCode RunDataInspect(const DataInspectOptions& options, Console& console) {
  const Config config = LoadConfig(options.config, options.overrides);
  ValidateConfig(config);
  if (!options.order) {
    Summarize(config, options, console);
    return ExitCode::kDone;
  }
  const std::vector<std::int64_t> order = OrderOf(config, options.epoch);
  console.Result(options.json ? JsonText({{"epoch", options.epoch}, {"order", order}})
                              : fmt::format("{}", fmt::join(order, "\n")));
  return ExitCode::kDone;
}

}  // namespace lockstep
