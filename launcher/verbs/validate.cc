#include "launcher/verbs/validate.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/agreement.h"
#include "core/config/load_config.h"
#include "core/config/resolve.h"
#include "core/config/validate_config.h"
#include "launcher/counted.h"
#include "launcher/job.h"
#include "launcher/json_text.h"
#include "launcher/make_backend.h"
#include "launcher/planned_model.h"
#include "launcher/run_on_ranks.h"

namespace lockstep {
namespace {

/// What was found sound.
struct Checked {
  std::vector<std::string> warnings;
  std::int64_t train_samples = 0;
  std::optional<std::int64_t> evaluation_samples;  ///< absent where nothing is ever evaluated
  RunLength length;
  PlannedModel model;
};

/// All that a training start refuses, in its order.
Checked Check(const ValidateOptions& options, const Communicator& communicator) {
  const Config config = LoadConfig(options.config, options.overrides);
  ValidateConfig(config);
  CheckCommunicator(config, communicator);
  const JobData data = OpenJobData(config);
  Checked checked;
  checked.warnings = Warnings(config);
  for (std::string& warning : WarningsOf(data)) checked.warnings.push_back(std::move(warning));
  checked.train_samples = data.train->size();
  if (data.evaluation != nullptr) checked.evaluation_samples = data.evaluation->size();
  checked.model = PlanModel(config, data.train->image_shape(), communicator.size());
  checked.length = LengthOf(config, DataPlanOf(config, checked.train_samples));
  return checked;
}

std::string ToText(const Checked& checked, const ValidateOptions& options) {
  const std::string evaluation =
      checked.evaluation_samples ? Counted(*checked.evaluation_samples, "image") + " to evaluate on"
                                 : "no evaluation";
  return fmt::format("{}: valid: {}, {}, {}, {}, backend {}", options.config.string(),
                     Counted(checked.train_samples, "training image"), evaluation,
                     Counted(TrainedParameters(checked.model.plan), "parameter"),
                     Counted(checked.length.steps, "step"), checked.model.backend);
}

nlohmann::ordered_json ToJson(const Checked& checked) {
  nlohmann::ordered_json json = {{"valid", true},
                                 {"warnings", checked.warnings},
                                 {"train_samples", checked.train_samples},
                                 {"evaluation_samples", nullptr},
                                 {"steps", checked.length.steps},
                                 {"parameters", TrainedParameters(checked.model.plan)},
                                 {"backend", checked.model.backend},
                                 {"arithmetic_sha256", ArithmeticDigest(checked.model.config)}};
  if (checked.evaluation_samples) json["evaluation_samples"] = *checked.evaluation_samples;
  return json;
}

}  // namespace

ExitCode RunValidate(const ValidateOptions& options, Console& console) {
  const auto communicator = JoinRanks(console);
  Checked checked;
  RankBody body;
  body.start = [&] {
    AgreeOnErrors(*communicator, [&] { checked = Check(options, *communicator); });
    for (const std::string& warning : checked.warnings) console.Warning(warning);
  };
  body.run = [&] {
    if (communicator->rank() != 0) return ExitCode::kDone;
    console.Result(options.json ? JsonText(ToJson(checked)) : ToText(checked, options));
    return ExitCode::kDone;
  };
  return RunOnRanks(*communicator, console, body);
}

}  // namespace lockstep
