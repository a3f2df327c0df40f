#include "launcher/verbs/train.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "comm/handshake.h"
#include "core/agreement.h"
#include "core/checkpoint/weights_digest.h"
#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "launcher/counted.h"
#include "launcher/hang_watchdog.h"
#include "launcher/heartbeat.h"
#include "launcher/json_text.h"
#include "launcher/launched_rank.h"
#include "launcher/launcher_watch.h"
#include "launcher/make_backend.h"
#include "launcher/open_run.h"
#include "launcher/planned_model.h"
#include "launcher/run_on_ranks.h"
#include "launcher/run_requests.h"
#include "launcher/training_run.h"

namespace lockstep {
namespace {

/// What shows that this rank lives, and what ends it where it does not.
struct Vitals {
  HeartbeatPage page = HeartbeatPage::OfRank(LaunchedRank());
  Heartbeat heartbeat{page, LaunchedRank()};
  LauncherWatch launcher{page.supervisor()};
  HangWatchdog watchdog{heartbeat};
};

JobObservers ObserversOf(Heartbeat& heartbeat) {
  JobObservers observers;
  observers.progress = [&heartbeat] { heartbeat.Beat(); };
  observers.exchange = [&heartbeat](int, ExchangePhase phase) {
    phase == ExchangePhase::kBegun ? heartbeat.ExchangeBegins() : heartbeat.ExchangeEnds();
  };
  return observers;
}

/// The stages of one training job, in the order in which they are made and the reverse of which
/// they end.
struct TrainStages {
  Vitals& vitals;
  JobData data;
  std::optional<OpenedRun> run;
  std::optional<Job> job;
  std::optional<TrainingRun> training;
};

/// Config and data set, checked before a run directory is made.
Config LoadInputs(const TrainOptions& options, const Communicator& communicator,
                  TrainStages& stages) {
  Config config = LoadConfig(options.config, options.overrides);
  ValidateConfig(config);
  // Before the data are opened: a large set may take longer than the default.
  stages.vitals.watchdog.SetTimeout(std::chrono::duration<double>(config.hang_timeout()));
  CheckCommunicator(config, communicator);
  ReductionTree(config.shards(), communicator.size());
  stages.data = OpenJobData(config);
  const ImageShape images = stages.data.train->image_shape();
  BuildGraph(config, images, config.batch() / config.shards());
  auto& size = *config.mutable_data()->mutable_image();
  size.set_height(images.height);
  size.set_width(images.width);
  size.set_channels(images.channels);
  return config;
}

void Start(const TrainOptions& options, Communicator& communicator, Console& console,
           TrainStages& stages) {
  Config config;
  stages.vitals.heartbeat.Enter(RankPhase::kLoading);
  AgreeOnErrors(communicator, [&] { config = LoadInputs(options, communicator, stages); });
  for (const std::string& warning : Warnings(config)) console.Warning(warning);
  for (const std::string& warning : WarningsOf(stages.data)) console.Warning(warning);
  if (options.dry_run) {
    AgreeOnErrors(communicator, [&] {
      PlanModel(config, stages.data.train->image_shape(), communicator.size());
    });
    return;
  }
  stages.run = OpenRun(options, config, communicator, console);
  AgreeOnErrors(communicator, [&] {
    stages.job.emplace(stages.run->config, std::move(stages.data), communicator,
                       ObserversOf(stages.vitals.heartbeat));
  });
  std::map<std::string, std::string> contract;
  AgreeOnErrors(communicator, [&] {
    contract = ContractOf(*stages.run, stages.job->data(), stages.job->backend());
  });
  Handshake(communicator, contract);
}

/// What the back end chose for each node: where speed or bits differ between machines, this is the
/// first thing to look at.
void DescribeImplementations(TrainStages& stages, Console& console) {
  const Model& model = stages.job->replica().model();
  for (std::size_t node = 0; node < model.graph().nodes.size(); ++node) {
    const Op* op = model.op(static_cast<int>(node));
    if (op == nullptr) continue;
    console.Debug(
        fmt::format("{}: {}", model.graph().nodes[node].def.name(), op->implementation()));
  }
}

void Describe(TrainStages& stages, Communicator& communicator, Console& console) {
  const Config& config = stages.run->config;
  const std::string start = stages.run->resume
                                ? fmt::format("resumes after step {}", stages.run->resume->step)
                                : std::string("begins");
  console.Info(
      fmt::format("{} {}: {} ({}), {} each, batch {} in {}, {}", stages.run->paths.root.string(),
                  start, Counted(communicator.size(), "rank"), communicator.name(),
                  Counted(config.threads_per_rank(), "thread"), config.batch(),
                  Counted(config.shards(), "shard"), Counted(stages.job->length().steps, "step")));
  DescribeImplementations(stages, console);
}

nlohmann::ordered_json NumberOrNull(std::optional<double> number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json();
}

void Report(const TrainStages& stages, const TrainingSummary& summary, const TrainOptions& options,
            Console& console) {
  if (!options.json) {
    console.Info(fmt::format(
        "{}, {} samples, {:.1f} s, {:.0f} img/s{}{}; {}", Counted(summary.steps, "step"),
        summary.samples, summary.seconds, summary.images_per_second,
        summary.loss ? fmt::format(", loss {:.4f}", *summary.loss) : "",
        summary.accuracy ? fmt::format(", accuracy {:.2f} %", *summary.accuracy * 100) : "",
        stages.run->paths.root.string()));
    return;
  }
  nlohmann::ordered_json json = {{"run_dir", stages.run->paths.root.string()},
                                 {"samples", summary.samples},
                                 {"steps", summary.steps},
                                 {"seconds", summary.seconds},
                                 {"images_per_second", summary.images_per_second}};
  json["loss"] = NumberOrNull(summary.loss);
  json["accuracy"] = NumberOrNull(summary.accuracy);
  const CheckpointStore store(stages.run->paths.checkpoints());
  json["sha256"] = WeightsDigest(store.PathOf(summary.steps));
  console.Result(JsonText(json));
}

ExitCode Train(const TrainOptions& options, Communicator& communicator, Console& console,
               TrainStages& stages) {
  const TrainingSummary summary = stages.training->Run();
  if (communicator.rank() == 0) Report(stages, summary, options, console);
  if (!summary.preempted) return ExitCode::kDone;
  console.Info(fmt::format("asked to stop: a checkpoint is written; go on with --run-dir {}",
                           stages.run->paths.root.string()));
  return ExitCode::kPreempted;
}

ExitCode TrainOnRanks(const TrainOptions& options, RunRequests& requests, Vitals& vitals,
                      Console& console) {
  const auto communicator = JoinRanks(console);
  vitals.watchdog.EndThrough(communicator.get());
  TrainStages stages{vitals, {}, {}, {}, {}};
  RankBody body;
  body.on_end = [&](ExitCode code) { vitals.heartbeat.RecordEnd(code); };
  body.start = [&] {
    try {
      Start(options, *communicator, console, stages);
      if (options.dry_run) return;
      stages.training.emplace(TrainingRunParts{*stages.job, *stages.run, *communicator, requests,
                                               vitals.heartbeat, console, options.trace_hashes});
    } catch (...) {
      if (stages.run) DiscardNew(*stages.run);
      throw;
    }
    Describe(stages, *communicator, console);
  };
  body.run = [&] {
    if (!options.dry_run) return Train(options, *communicator, console, stages);
    console.Info("the config and its data set are sound; nothing was trained (--dry-run)");
    return ExitCode::kDone;
  };
  const ExitCode code = RunOnRanks(*communicator, console, body);
  vitals.watchdog.EndThrough(nullptr);
  return code;
}

}  // namespace

ExitCode RunTrain(const TrainOptions& options, Console& console) {
  RunRequests requests;  // before any thread: they inherit the blocked signals
  Vitals vitals;
  try {
    return TrainOnRanks(options, requests, vitals, console);
  } catch (const std::exception& error) {
    vitals.heartbeat.RecordEnd(ExitCodeOf(error));
    throw;
  }
}

}  // namespace lockstep
