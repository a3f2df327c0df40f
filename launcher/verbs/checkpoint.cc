#include "launcher/verbs/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint_difference.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/run_paths.h"
#include "core/checkpoint/weights_digest.h"
#include "core/errors.h"
#include "launcher/json_text.h"
#include "launcher/skipped_checkpoints.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

CheckpointStore StoreOf(const fs::path& run) {
  std::error_code error;
  if (!fs::is_directory(run, error)) {
    throw InputMissing(
        fmt::format("{}: expected a run directory, got {}; `lockstep train --run-dir` makes one",
                    run.string(), fs::exists(run, error) ? "a file" : "nothing of that name"));
  }
  const RunPaths paths{run};
  if (!fs::exists(paths.config(), error) && !fs::is_directory(paths.checkpoints(), error)) {
    throw InputMissing(fmt::format("{}: no run directory: neither {} nor {} is in it", run.string(),
                                   paths.config().filename().string(),
                                   paths.checkpoints().filename().string()));
  }
  return CheckpointStore(paths.checkpoints());
}

// The newest that verifies, or the one of `step`.
CheckpointEntry ChooseCheckpoint(const fs::path& run, std::optional<std::int64_t> step,
                                 Console& console) {
  const CheckpointStore store = StoreOf(run);
  if (step) return store.Find(*step);
  const NewestCheckpoint newest = store.Newest();
  WarnOfSkipped(newest.skipped, console);
  if (newest.entry) return *newest.entry;
  if (newest.skipped.empty()) {
    throw InputMissing(fmt::format("{}: the run has no checkpoint yet", run.string()));
  }
  throw DataError(
      fmt::format("{}: none of the {} checkpoints verifies", run.string(), newest.skipped.size()));
}

// Why a checkpoint is not whole; empty where it is.
std::string DefectOf(const CheckpointEntry& entry, Manifest::Level level) {
  try {
    Manifest::Read(entry.path).Verify(entry.path, level);
    const RunState state = LoadState(entry.path);
    if (state.step == entry.step) return "";
    return fmt::format("{}: holds step {}, and its name says {}", entry.path.string(), state.step,
                       entry.step);
  } catch (const Error& error) {
    return error.what();
  }
}

// A run may have ended by a loss that is not finite: JSON has no number for it.
ordered_json NumberOrNull(double number) {
  return std::isfinite(number) ? ordered_json(number) : ordered_json();
}

ordered_json Describe(const CheckpointEntry& entry) {
  ordered_json json = {{"step", entry.step}};
  const std::string defect = DefectOf(entry, Manifest::Level::kCrc);
  json["samples"] = nullptr;
  json["path"] = entry.path.string();
  json["valid"] = defect.empty();
  json["metrics"] = ordered_json::object();
  if (!defect.empty()) {
    json["why"] = defect;
    return json;
  }
  const RunState state = LoadState(entry.path);
  json["samples"] = state.samples;
  for (const auto& [name, value] : state.metrics) json["metrics"][name] = NumberOrNull(value);
  return json;
}

std::string Line(const ordered_json& checkpoint) {
  if (!checkpoint["valid"].get<bool>()) {
    return fmt::format("{:>10}  {:>12}  broken  {}\n", checkpoint["step"].get<std::int64_t>(), "-",
                       checkpoint["why"].get<std::string>());
  }
  std::string metrics;
  for (const auto& [name, value] : checkpoint["metrics"].items()) {
    metrics += fmt::format("  {} {}", name, value.dump());
  }
  return fmt::format("{:>10}  {:>12}  valid {}\n", checkpoint["step"].get<std::int64_t>(),
                     checkpoint["samples"].get<std::int64_t>(), metrics);
}

ordered_json ToJson(const TensorDifference& difference) {
  ordered_json json = {{"tensor", difference.tensor}, {"elements", difference.elements}};
  json["differing"] = difference.differing;
  json["largest"] = NumberOrNull(difference.largest);
  if (!difference.why.empty()) json["why"] = difference.why;
  return json;
}

std::string Line(const TensorDifference& difference) {
  if (!difference.why.empty()) return fmt::format("{}: {}\n", difference.tensor, difference.why);
  return fmt::format("{}: {} of {} elements differ, by {:.3g} at most\n", difference.tensor,
                     difference.differing, difference.elements, difference.largest);
}

}  // namespace

ExitCode RunCheckpointLs(const CheckpointOptions& options, Console& console) {
  ordered_json checkpoints = ordered_json::array();
  std::string text = fmt::format("{:>10}  {:>12}\n", "step", "samples");
  for (const CheckpointEntry& entry : StoreOf(options.run).List()) {
    checkpoints.push_back(Describe(entry));
    text += Line(checkpoints.back());
  }
  console.Result(options.json ? JsonText({{"checkpoints", checkpoints}}) : text);
  return ExitCode::kDone;
}

ExitCode RunCheckpointVerify(const CheckpointOptions& options, Console& console) {
  const std::vector<CheckpointEntry> entries = StoreOf(options.run).List();
  if (entries.empty()) {
    throw InputMissing(fmt::format("{}: the run has no checkpoint yet", options.run.string()));
  }
  ordered_json checkpoints = ordered_json::array();
  ExitCode code = ExitCode::kDone;
  std::string text;
  for (const CheckpointEntry& entry : entries) {
    const std::string defect = DefectOf(entry, Manifest::Level::kSha256);
    if (!defect.empty()) {
      console.Error(defect);
      code = ExitCode::kData;
    }
    checkpoints.push_back({{"step", entry.step}, {"path", entry.path.string()}});
    checkpoints.back()["valid"] = defect.empty();
    text += fmt::format("{}  {}\n", defect.empty() ? "valid " : "broken", entry.path.string());
  }
  console.Result(options.json ? JsonText({{"checkpoints", checkpoints}}) : text);
  return code;
}

ExitCode RunCheckpointHash(const CheckpointOptions& options, Console& console) {
  const CheckpointEntry entry = ChooseCheckpoint(options.run, options.step, console);
  const std::string hash = WeightsDigest(entry.path);
  const RunState state = LoadState(entry.path);
  console.Result(
      options.json ? JsonText({{"step", state.step}, {"samples", state.samples}, {"sha256", hash}})
                   : fmt::format("{}  step {}, {} samples", hash, state.step, state.samples));
  return ExitCode::kDone;
}

ExitCode RunCheckpointDiff(const CheckpointOptions& options, Console& console) {
  const CheckpointEntry first = ChooseCheckpoint(options.run, options.step, console);
  const CheckpointEntry second = ChooseCheckpoint(options.other_run, options.step, console);
  const std::vector<TensorDifference> differences = DifferencesBetween(first.path, second.path);
  ordered_json json = {{"steps", {first.step, second.step}}, {"same", differences.empty()}};
  json["tensors"] = ordered_json::array();
  std::string text = fmt::format("step {} and step {}: {}\n", first.step, second.step,
                                 differences.empty() ? "the same bits" : "they differ");
  for (const TensorDifference& difference : differences) {
    json["tensors"].push_back(ToJson(difference));
    text += Line(difference);
  }
  console.Result(options.json ? JsonText(json) : text);
  return differences.empty() ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace lockstep
