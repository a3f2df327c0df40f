#include "launcher/trained_run.h"

#include <fmt/format.h>

#include <utility>

#include "core/checkpoint/checkpoint_reader.h"
#include "core/checkpoint/run_paths.h"
#include "core/config/load_config.h"
#include "core/errors.h"
#include "launcher/decide_first_start.h"

namespace lockstep {
namespace {

/// The newest that verifies.
CheckpointEntry Latest(const CheckpointStore& store, TrainedRun& run) {
  NewestCheckpoint newest = store.Newest();
  run.skipped = std::move(newest.skipped);
  if (newest.entry) return *newest.entry;
  if (run.skipped.empty()) {
    throw InputMissing(
        fmt::format("{}: there is no checkpoint; train first", store.folder().string()));
  }
  throw DataError(fmt::format("{}: none of the {} checkpoints verifies; the newest: {}",
                              store.folder().string(), run.skipped.size(),
                              run.skipped.front().why));
}

CheckpointEntry Best(const CheckpointStore& store, TrainedRun& run) {
  const CheckpointEntry latest = Latest(store, run);
  const RunState state = LoadState(latest.path);
  return state.best ? store.Find(state.best->step) : latest;
}

}  // namespace

TrainedRun OpenTrainedRun(const std::filesystem::path& run, const CheckpointChoice& choice) {
  const RunPaths paths{run};
  if (!std::filesystem::exists(paths.config())) {
    throw InputMissing(
        fmt::format("{}: not a run directory: it has no {}; name the folder that "
                    "`lockstep train` printed",
                    run.string(), paths.config().filename().string()));
  }
  const CheckpointStore store(paths.checkpoints());
  TrainedRun trained;
  trained.config = LoadConfig(paths.config(), {});
  switch (choice.kind) {
    case CheckpointChoice::Kind::kLatest:
      trained.checkpoint = Latest(store, trained);
      break;
    case CheckpointChoice::Kind::kBest:
      trained.checkpoint = Best(store, trained);
      break;
    case CheckpointChoice::Kind::kStep:
      trained.checkpoint = store.Find(choice.step);
      break;
  }
  return trained;
}

Config InferenceConfigOf(Config config, Communicator& communicator) {
  config.set_precision(Precision::F32);
  config.set_isa(InstructionSet::BEST);
  config.set_threads_per_rank(0);
  return Resolve(std::move(config), DecideFirstStart(communicator));
}

}  // namespace lockstep
