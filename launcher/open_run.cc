#include "launcher/open_run.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

#include "core/agreement.h"
#include "core/checkpoint/file_system.h"
#include "core/config/load_config.h"
#include "core/config/resolve.h"
#include "core/errors.h"
#include "core/text_exchange.h"
#include "launcher/decide_first_start.h"
#include "launcher/skipped_checkpoints.h"

namespace lockstep {
namespace {

void CheckSameArithmetic(const Config& stored, const Config& config, const RunPaths& paths) {
  const auto difference = FirstArithmeticDifference(stored, config);
  if (!difference) return;
  throw ConfigError(fmt::format(
      "{}: a resume may not change the arithmetic of a run: {}; go on with the stored value, or "
      "begin a new run in another directory",
      paths.config().string(), *difference));
}

std::optional<CheckpointEntry> FindResume(const TrainOptions& options, const RunPaths& paths,
                                          Console& console) {
  CheckpointStore store(paths.checkpoints());
  store.BringBackReplaced();
  if (options.resume.kind == ResumeChoice::Kind::kStep) return store.Find(options.resume.step);
  NewestCheckpoint newest = store.Newest();
  WarnOfSkipped(newest.skipped, console);
  // To begin anew beside them would, a few saves later, prune what may still be rescued.
  if (!newest.entry && !newest.skipped.empty()) {
    throw DataError(fmt::format(
        "{}: none of the {} checkpoints verifies, so there is nothing to go on from; bring back a "
        "whole copy, or begin a new run in another directory with --run-dir",
        paths.checkpoints().string(), newest.skipped.size()));
  }
  return newest.entry;
}

/// Rank 0's part: everything that touches the run directory.
void TakeDirectory(const TrainOptions& options, OpenedRun& run, Console& console) {
  const auto root = options.run_dir.empty() ? DefaultRunDirectory(options.config) : options.run_dir;
  run.directory.emplace(root);
  run.paths = run.directory->paths();
  if (!run.directory->used()) {
    if (options.resume.kind != ResumeChoice::Kind::kStep) return;
    throw InputMissing(
        fmt::format("{}: no checkpoint of step {} to go on from: nothing was "
                    "trained here yet; name the run with --run-dir",
                    root.string(), options.resume.step));
  }
  if (options.resume.kind == ResumeChoice::Kind::kNone) {
    throw OutputError(
        fmt::format("{} holds a run already; go on with it by --resume auto, or "
                    "name another directory with --run-dir",
                    root.string()));
  }
  run.resume = FindResume(options, run.paths, console);
  if (!run.resume) return;
  const Config stored = LoadConfig(run.paths.config(), {});
  run.config = Resolve(run.config, DecisionsOf(stored));
  CheckSameArithmetic(stored, run.config, run.paths);
}

void StoreConfig(const RunPaths& paths, const Config& config) {
  ReplaceFile(paths.config(), ToText(config), Durability::kSurvivesPowerLoss);
}

/// As OpenRun, into `run`, which holds the directory also where this throws.
void Open(const TrainOptions& options, Communicator& communicator, Console& console,
          OpenedRun& run) {
  const FirstStart decided = DecideFirstStart(communicator);
  const bool first = communicator.rank() == 0;
  AgreeOnErrors(communicator, [&] {
    if (first) TakeDirectory(options, run, console);
  });
  run.paths.root = BroadcastText(communicator, run.paths.root.string(), 0);
  const Config own = run.config;
  if (!run.config.ParseFromString(BroadcastText(communicator, run.config.SerializeAsString(), 0))) {
    throw VendorError("Protobuf: the config of rank 0 arrived damaged");
  }
  run.config = Resolve(run.config, decided);
  run.own_arithmetic = ArithmeticDigest(Resolve(own, DecisionsOf(run.config)));
  const std::string step =
      BroadcastText(communicator, run.resume ? std::to_string(run.resume->step) : std::string(), 0);
  if (!step.empty()) {
    run.resume = CheckpointEntry{std::stoll(step),
                                 CheckpointStore(run.paths.checkpoints()).PathOf(std::stoll(step))};
  }
  AgreeOnErrors(communicator, [&] {
    if (first) StoreConfig(run.paths, run.config);
  });
}

}  // namespace

std::filesystem::path DefaultRunDirectory(const std::filesystem::path& config) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char time[32];
  std::strftime(time, sizeof(time), "%Y%m%dT%H%M%SZ", &utc);
  return std::filesystem::path("runs") / fmt::format("{}-{}", config.stem().string(), time);
}

OpenedRun OpenRun(const TrainOptions& options, Config config, Communicator& communicator,
                  Console& console) {
  OpenedRun run;
  run.config = std::move(config);
  try {
    Open(options, communicator, console, run);
  } catch (...) {
    DiscardNew(run);
    throw;
  }
  return run;
}

void DiscardNew(const OpenedRun& run) noexcept {
  if (run.directory) run.directory->Discard();
}

}  // namespace lockstep
