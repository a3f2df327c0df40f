#include "launcher/verbs/validate.h"

#include <fmt/format.h>

#include <memory>

#include "core/config/load_config.h"
#include "core/config/resolve.h"
#include "core/config/validate_config.h"
#include "core/data/open_dataset.h"
#include "launcher/json_text.h"
#include "launcher/planned_model.h"
#include "launcher/run_length.h"

namespace lockstep {

ExitCode RunValidate(const ValidateOptions& options, Console& console) {
  const Config config = LoadConfig(options.config, options.overrides);
  ValidateConfig(config);
  const std::vector<std::string> warnings = Warnings(config);
  for (const std::string& warning : warnings) console.Warning(warning);
  const int classes = config.model().classes();
  const auto train = OpenDataset(config.data(), Split::TRAIN, classes);
  const auto validation = OpenDataset(config.data(), Split::VALIDATION, classes);
  const PlannedModel model = PlanModel(config, train->image_shape(), 1);
  const RunLength length = LengthOf(config, DataPlanOf(config, train->size()));
  if (!options.json) {
    console.Result(fmt::format(
        "{}: valid: {} training and {} validation images, {} parameters, {} steps, backend {}",
        options.config.string(), train->size(), validation->size(), TrainedParameters(model.plan),
        length.steps, model.backend));
    return ExitCode::kDone;
  }
  console.Result(JsonText({{"valid", true},
                           {"warnings", warnings},
                           {"train_samples", train->size()},
                           {"validation_samples", validation->size()},
                           {"steps", length.steps},
                           {"parameters", TrainedParameters(model.plan)},
                           {"backend", model.backend},
                           {"arithmetic_sha256", ArithmeticDigest(model.config)}}));
  return ExitCode::kDone;
}

}  // namespace lockstep
