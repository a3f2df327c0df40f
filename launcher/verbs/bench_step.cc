#include "launcher/verbs/bench_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "comm/communication_thread.h"
#include "core/agreement.h"
#include "core/config/apply_override.h"
#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "core/data/loader.h"
#include "core/data/memory_dataset.h"
#include "core/random/philox.h"
#include "launcher/decide_first_start.h"
#include "launcher/fixed_stage.h"
#include "launcher/json_text.h"
#include "launcher/make_backend.h"
#include "launcher/per_op_report.h"
#include "launcher/preset_config.h"
#include "launcher/replica.h"
#include "launcher/run_on_ranks.h"
#include "launcher/step_times.h"
#include "launcher/trainer.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUpSteps = 5;

Config ConfigOf(const BenchStepOptions& options, int ranks) {
  Config config = options.model_preset.empty() ? LoadConfig(options.config, options.overrides)
                                               : PresetConfig(options.model_preset);
  if (!options.model_preset.empty()) {
    config.set_shards(ranks);
    for (const std::string& text : options.overrides) ApplyOverride(text, config);
  }
  if (options.batch) config.set_batch(*options.batch);
  if (options.precision) config.set_precision(*options.precision);
  if (options.threads) config.set_threads_per_rank(*options.threads);
  return config;
}

/// Random pixels and labels, the same on every rank.
MemoryDataset RandomImages(const ImageShape& shape, std::int64_t records, int classes) {
  LabelledImages images;
  images.shape = shape;
  images.pixels.resize(BytesOf(shape) * static_cast<std::size_t>(records));
  const Philox philox(0);
  for (std::size_t first = 0; first < images.pixels.size(); first += 4) {
    const auto words = philox.Draw({static_cast<std::uint32_t>(first / 4), 0, 0, 0});
    const std::size_t count = std::min<std::size_t>(4, images.pixels.size() - first);
    for (std::size_t byte = 0; byte < count; ++byte) {
      images.pixels[first + byte] = static_cast<std::uint8_t>(words[byte] >> 24);
    }
  }
  for (std::int64_t record = 0; record < records; ++record) {
    images.labels.push_back(static_cast<std::int32_t>(record % classes));
  }
  return MemoryDataset("random images", std::move(images), classes);
}

/// What is timed, in destruction order.
struct Bench {
  Config config;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<CommunicationThread> communication;
  std::unique_ptr<MemoryDataset> dataset;
  std::unique_ptr<Replica> replica;
  std::unique_ptr<Schedule> schedule;
  std::unique_ptr<Loader> loader;
  std::unique_ptr<FixedStage> fixed;
  std::unique_ptr<Trainer> trainer;
  Ceilings ceilings;
  std::unique_ptr<StepTimes> times;  ///< while steps are observed
};

void Make(const BenchStepOptions& options, Communicator& communicator, const ImageShape& images,
          Bench& bench) {
  const Config& config = bench.config;
  const std::int64_t records = 2L * config.batch();
  bench.backend = MakeBackend(config, communicator.local_rank());
  bench.communication = std::make_unique<CommunicationThread>(communicator);
  bench.dataset =
      std::make_unique<MemoryDataset>(RandomImages(images, records, config.model().classes()));
  const auto observe = [&bench](int /*bucket*/, ExchangePhase phase) {
    if (bench.times != nullptr) bench.times->Exchange(phase);
  };
  bench.replica = std::make_unique<Replica>(ReplicaOptions{config, images, observe}, *bench.backend,
                                            *bench.communication);
  bench.replica->InitializeWeights();
  bench.schedule = std::make_unique<Schedule>(ScheduleConfig(), config.optimizer().learning_rate(),
                                              ScheduleSpan{records, records});
  DataPlanOptions plan;
  plan.records = records;
  plan.batch = config.batch();
  plan.shards = config.shards();
  LoaderOptions loader;
  loader.shards = bench.replica->shards();
  loader.threads = config.data().threads();
  loader.augmentation = Augmentation(config.augmentation(), config.seed(), images);
  bench.loader = std::make_unique<Loader>(*bench.dataset, DataPlan(plan), *bench.backend, loader);
  bench.fixed = std::make_unique<FixedStage>(bench.loader->Next());
  StageSource& input =
      options.with_loader ? static_cast<StageSource&>(*bench.loader) : *bench.fixed;
  bench.trainer = std::make_unique<Trainer>(
      TrainerParts{*bench.backend, input, bench.replica->model(), bench.replica->reducer(),
                   *bench.schedule, config.batch()},
      0);
}

/// Runs steps for at least `seconds`. All ranks stop after the same step: the control words carry
/// the wish of rank 0.
template <typename Step>
void RunStepsFor(double seconds, bool decides, const Step& step) {
  const auto begun = Clock::now();
  for (bool stop = false; !stop;) {
    const std::chrono::duration<double> elapsed = Clock::now() - begun;
    stop = step(StepRequests{decides && elapsed.count() >= seconds, false}).stop_requested;
  }
}

/// Milliseconds of each step after the warm-up.
std::vector<double> TimeSteps(Trainer& trainer, double seconds, bool decides) {
  for (int step = 0; step < kWarmUpSteps; ++step) trainer.RunStep({});
  std::vector<double> milliseconds;
  RunStepsFor(seconds, decides, [&](const StepRequests& requests) {
    const auto start = Clock::now();
    const StepResult result = trainer.RunStep(requests);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    return result;
  });
  return milliseconds;
}

/// Steps that tell `bench.times` where their time goes.
void ObserveSteps(Bench& bench, double seconds, bool decides) {
  bench.times = std::make_unique<StepTimes>(bench.replica->model());
  RunStepsFor(seconds, decides, [&](const StepRequests& requests) {
    bench.times->BeginStep();
    const StepResult result = bench.trainer->RunStep(requests);
    bench.times->EndStep();
    return result;
  });
}

nlohmann::ordered_json DescribeOps(const Bench& bench, double step_milliseconds) {
  return PerOpReport({bench.replica->model(), *bench.times, bench.ceilings,
                      bench.replica->shards().size(), step_milliseconds});
}

nlohmann::ordered_json Summarize(const Bench& bench, std::vector<double> milliseconds, int ranks) {
  double total = 0;
  for (double step : milliseconds) total += step;
  const double images = static_cast<double>(milliseconds.size()) * bench.config.batch();
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto quantile = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share *
                                                 static_cast<double>(milliseconds.size() - 1))];
  };
  const auto contract = bench.backend->Contract();
  return {{"images_per_second", images / total * 1000},
          {"step_ms",
           {{"min", milliseconds.front()}, {"median", quantile(0.5)}, {"p95", quantile(0.95)}}},
          {"steps", milliseconds.size()},
          {"batch", bench.config.batch()},
          {"precision", Precision::Type_Name(bench.config.precision())},
          {"backend", bench.backend->name()},
          {"ranks", ranks},
          {"threads", bench.config.threads_per_rank()},
          {"isa", InstructionSet::Type_Name(bench.config.isa())},
          {"device", contract.at("cpu")}};
}

std::string ToText(const nlohmann::ordered_json& row) {
  std::string text = fmt::format(
      "{:.0f} images/s; step {:.3f} ms median, {:.3f} min, {:.3f} p95; batch {}, {}, {}, {} ranks, "
      "{} threads each, {}",
      row["images_per_second"].get<double>(), row["step_ms"]["median"].get<double>(),
      row["step_ms"]["min"].get<double>(), row["step_ms"]["p95"].get<double>(),
      row["batch"].get<int>(), row["precision"].get<std::string>(),
      row["backend"].get<std::string>(), row["ranks"].get<int>(), row["threads"].get<int>(),
      row["isa"].get<std::string>());
  if (row.contains("ops")) text.append("\n").append(PerOpText(row));
  return text;
}

}  // namespace

ExitCode RunBenchStep(const BenchStepOptions& options, Console& console) {
  const auto communicator = JoinRanks(console);
  Bench bench;
  RankBody body;
  body.start = [&] {
    AgreeOnErrors(*communicator, [&] {
      bench.config = ConfigOf(options, communicator->size());
      ValidateConfig(bench.config, DataUse::kNeedsNone);
    });
    bench.config = Resolve(bench.config, DecideFirstStart(*communicator));
    AgreeOnErrors(*communicator,
                  [&] { Make(options, *communicator, ImagesOf(bench.config, console), bench); });
  };
  body.run = [&] {
    const bool leads = communicator->rank() == 0;
    if (options.per_op) bench.ceilings = MeasureCeilings(bench.config);
    auto milliseconds = TimeSteps(*bench.trainer, options.seconds, leads);
    if (options.per_op) ObserveSteps(bench, options.seconds, leads);
    if (!leads) return ExitCode::kDone;
    auto row = Summarize(bench, std::move(milliseconds), communicator->size());
    if (options.per_op) row.update(DescribeOps(bench, row["step_ms"]["median"]));
    console.Result(options.json ? JsonText(row) : ToText(row));
    return ExitCode::kDone;
  };
  return RunOnRanks(*communicator, console, body);
}

}  // namespace lockstep
