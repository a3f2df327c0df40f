#include "launcher/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/agreement.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/config/resolve.h"
#include "core/digest/sha256.h"
#include "core/errors.h"

namespace lockstep {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Whether `value` of `metric` is better than what was best before; the best of another metric does
/// not count.
bool Improves(const std::string& metric, double value, const std::optional<BestMetric>& best) {
  if (!std::isfinite(value)) return false;
  if (!best || best->metric != metric) return true;
  return metric == "loss" ? value < best->value : value > best->value;
}

bool AllFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

Diverged DivergedAt(std::int64_t step, const std::string& what) {
  return Diverged(fmt::format(
      "step {}: {}; nothing of this step was saved. A smaller optimizer.learning_rate or a longer "
      "schedule.warmup often helps; on_divergence: IGNORE goes on regardless",
      step, what));
}

std::string WhatIsNotFinite(const StepResult& result, const Plan& plan) {
  std::string what;
  if (!std::isfinite(result.loss)) {
    what = std::isnan(result.loss) ? "the loss is not a number" : "the loss is infinite";
  }
  if (result.first_not_finite < 0) return what;
  const ParameterPlace& place = plan.parameters[static_cast<std::size_t>(result.first_not_finite)];
  if (place.kind == ParameterKind::kControl) return what;
  return fmt::format("{}{} of {} is not finite", what.empty() ? "" : what + " and ",
                     place.kind == ParameterKind::kStatistic ? "the statistic" : "the gradient",
                     place.name);
}

/// SHA-256 of weights and statistics without padding: the same on any number of ranks.
std::string WeightsHash(const Replica& replica) {
  Sha256 digest;
  for (const ParameterPlace& place : replica.plan().parameters) {
    if (place.kind == ParameterKind::kControl) continue;
    const Tensor weights = replica.working().Of(place);
    digest.Add({static_cast<const std::byte*>(weights.data()), weights.bytes()});
  }
  return digest.Hex();
}

}  // namespace

TrainingRun::TrainingRun(const TrainingRunParts& parts)
    : parts_(parts),
      config_(parts.job.config()),
      store_(parts.run.paths.checkpoints()),
      progress_(parts.console, parts.job.length()),
      bad_records_(config_.data().bad_record_limit()) {
  CheckpointWriterOptions options;
  options.keep = config_.checkpoint().keep();
  if (leads()) options.before_commit = [this] { parts_.run.directory->CheckGeneration(); };
  writer_.emplace(store_, parts_.job.replica().plan(), parts_.communicator, options);
  AgreeOnErrors(parts_.communicator, [this] { LoadStart(); });
}

void TrainingRun::LoadStart() {
  if (parts_.run.resume) {
    LoadCheckpoint(parts_.run.resume->path);
  } else {
    LoadInitialWeights();
  }
  first_step_ = state_.step;
  parts_.heartbeat.StepIsDone(first_step_);
  if (leads()) {
    log_.emplace(parts_.run.paths.train_log(), first_step_);
    status_.emplace(parts_.run.paths.status());
  }
  parts_.job.StartAt(first_step_);
}

void TrainingRun::LoadCheckpoint(const std::filesystem::path& folder) {
  Replica& replica = parts_.job.replica();
  state_ = LoadState(folder);
  saved_best_ = state_.best;
  const auto accuracy = state_.metrics.find("accuracy");
  if (accuracy != state_.metrics.end()) summary_.accuracy = accuracy->second;
  CheckArithmetic(folder);
  const std::string digest = parts_.job.data().train->digest();
  if (state_.digests.data_index != digest) {
    throw DataError(
        fmt::format("{}: the run was trained on other data: expected digest {}, got {}; "
                    "go on with the data set it began with",
                    folder.string(), state_.digests.data_index, digest));
  }
  replica.LoadWeights(LoadWeights(replica.plan(), folder));
  const auto& moments = replica.state().moment_names();
  for (std::size_t index = 0; index < moments.size(); ++index) {
    replica.state().LoadMoment(static_cast<int>(index),
                               LoadMoment(replica.plan(), folder, moments[index]));
  }
  saved_step_ = state_.step;
}

void TrainingRun::CheckArithmetic(const std::filesystem::path& folder) const {
  const std::string arithmetic = ArithmeticDigest(parts_.run.config);
  if (state_.digests.arithmetic == arithmetic && state_.samples == state_.step * config_.batch()) {
    return;
  }
  throw DataError(
      fmt::format("{}: the checkpoint belongs to another config: expected the arithmetic {}, got "
                  "{}; go on in the run directory where it was written",
                  folder.string(), arithmetic, state_.digests.arithmetic));
}

void TrainingRun::LoadInitialWeights() {
  Replica& replica = parts_.job.replica();
  if (config_.initial_weights().empty()) {
    replica.InitializeWeights();
  } else {
    replica.LoadWeights(LoadWeightsFile(replica.plan(), config_.initial_weights()));
  }
}

TrainingSummary TrainingRun::Run() {
  try {
    RunSteps();
  } catch (...) {
    WriteFailedStatus();
    throw;
  }
  return summary_;
}

void TrainingRun::RunSteps() {
  Trainer& trainer = parts_.job.trainer();
  begun_ = logged_ = Clock::now();
  logged_step_ = trainer.steps();
  if (config_.checkpoint().initial() && trainer.steps() == 0) Save();
  WriteStatus("training");
  while (!ends()) {
    parts_.heartbeat.Enter(RankPhase::kStepping);
    const StepResult result =
        trainer.RunStep({parts_.requests.StopRequested(), parts_.requests.TakeCheckpointRequest()});
    AfterStep(result);
  }
  if (saved_step_ != trainer.steps()) Save();
  parts_.heartbeat.Enter(RankPhase::kDone);
  progress_.Finish();
  WriteStatus(summary_.preempted ? "preempted" : "done");
  summary_.steps = trainer.steps();
  summary_.samples = trainer.samples();
  summary_.seconds = Seconds(Clock::now() - begun_);
  summary_.images_per_second =
      static_cast<double>(trainer.steps() - first_step_) * config_.batch() / summary_.seconds;
}

bool TrainingRun::ends() const {
  return summary_.preempted || parts_.job.trainer().steps() >= parts_.job.length().steps;
}

void TrainingRun::AfterStep(const StepResult& result) {
  const Trainer& trainer = parts_.job.trainer();
  parts_.heartbeat.StepIsDone(trainer.steps());
  comm_wait_ += parts_.job.replica().reducer().wait_seconds();
  summary_.loss = result.loss;
  CheckDivergence(result);
  if (parts_.trace_hashes) TraceHash();
  summary_.preempted = result.stop_requested && !ends();
  if (trainer.steps() % config_.log_every() == 0 || ends()) Log(result);
  if (config_.verify_every() > 0 && trainer.steps() % config_.verify_every() == 0) VerifyReplicas();
  if (EvaluationIsDue()) Evaluate();
  if (SaveIsDue(result)) Save();
}

void TrainingRun::Log(const StepResult& result) {
  const Trainer& trainer = parts_.job.trainer();
  const auto now = Clock::now();
  const double steps = static_cast<double>(trainer.steps() - logged_step_);
  const double data_wait = parts_.job.loader().wait_seconds();
  TrainLogLine line;
  line.step = trainer.steps();
  line.samples = trainer.samples();
  line.epoch = epochs();
  line.loss = result.loss;
  line.learning_rate = result.learning_rate;
  line.images_per_second = steps * config_.batch() / Seconds(now - logged_);
  line.data_wait_ms = (data_wait - logged_data_wait_) * 1000 / steps;
  line.comm_wait_ms = comm_wait_ * 1000 / steps;
  logged_ = now;
  logged_step_ = trainer.steps();
  logged_data_wait_ = data_wait;
  comm_wait_ = 0;
  ReportBadRecords();
  if (!leads()) return;
  WriteOrWarn([&] { log_->Write(line); });
  WriteStatus("training");
  progress_.Show({line.step, line.samples, line.epoch, line.loss, line.learning_rate,
                  line.images_per_second, line.data_wait_ms, line.comm_wait_ms});
}

void TrainingRun::ReportBadRecords() {
  if (config_.data().on_bad_record() != DataConfig::SKIP) return;
  const std::vector<std::string> own = parts_.job.loader().TakeBadRecordReasons();
  std::vector<std::string> fresh;
  parts_.job.communication().Run([&] { fresh = bad_records_.Gather(own, parts_.communicator); });
  for (const std::string& reason : fresh) parts_.console.Warning(reason);
  bad_records_.CheckLimit();
}

bool TrainingRun::EvaluationIsDue() const {
  if (parts_.job.data().evaluation == nullptr) return false;
  const Trainer& trainer = parts_.job.trainer();
  if (trainer.steps() == parts_.job.length().steps) return true;
  const double interval =
      config_.evaluation().every_epochs() * static_cast<double>(parts_.job.data().train->size());
  const auto due = [&](std::int64_t samples) {
    return std::floor(static_cast<double>(samples) / interval);
  };
  return due(trainer.samples()) > due(trainer.samples() - config_.batch());
}

void TrainingRun::Evaluate() {
  const auto begun = Clock::now();
  parts_.heartbeat.Enter(RankPhase::kEvaluating);
  WriteStatus("evaluating");
  const EvaluationResult result = parts_.job.Evaluate();
  const std::int64_t step = parts_.job.trainer().steps();
  state_.metrics = {{"loss", result.loss},
                    {"accuracy", result.accuracy},
                    {"top5_accuracy", result.top5_accuracy}};
  const std::string& metric = config_.checkpoint().best_metric();
  improved_ = Improves(metric, state_.metrics.at(metric), state_.best);
  if (improved_) state_.best = BestMetric{metric, state_.metrics.at(metric), step};
  evaluated_step_ = step;
  summary_.accuracy = result.accuracy;
  progress_.Finish();
  parts_.console.Info(
      fmt::format("step {}  epoch {:.2f}  evaluation: loss {:.4f}  accuracy {:.2f} %", step,
                  epochs(), result.loss, result.accuracy * 100));
  logged_ += Clock::now() - begun;
}

bool TrainingRun::SaveIsDue(const StepResult& result) const {
  const std::int64_t step = parts_.job.trainer().steps();
  const int every = config_.checkpoint().every();
  const bool best = improved_ && evaluated_step_ == step;
  return best || result.stop_requested || result.checkpoint_requested ||
         (every > 0 && step % every == 0);
}

void TrainingRun::Save() {
  const auto begun = Clock::now();
  parts_.heartbeat.Enter(RankPhase::kSaving);
  WriteStatus("saving");
  CheckStateIsFinite();
  state_ = StateNow();
  try {
    WriteCheckpoint();
    saved_step_ = state_.step;
    saved_best_ = state_.best;
  } catch (const IoError& error) {
    if (config_.checkpoint().on_error() != OnSaveError::WARN || ends()) throw;
    state_.best = saved_best_;
    parts_.console.Warning(fmt::format("no checkpoint of step {}: {}", state_.step, error.what()));
  }
  logged_ += Clock::now() - begun;
}

void TrainingRun::WriteCheckpoint() {
  const ReplicaState& replica = parts_.job.replica().state();
  CheckpointContent content;
  content.state = state_;
  content.master = replica.master();
  for (std::size_t index = 0; index < replica.moment_names().size(); ++index) {
    content.moments.push_back(
        {replica.moment_names()[index], replica.moment(static_cast<int>(index))});
  }
  parts_.job.communication().Run([&] { writer_->Save(content); });
}

RunState TrainingRun::StateNow() const {
  RunState state = state_;
  state.step = parts_.job.trainer().steps();
  state.samples = parts_.job.trainer().samples();
  state.seed = config_.seed();
  state.digests.arithmetic = ArithmeticDigest(parts_.run.config);
  state.digests.data_index = parts_.job.data().train->digest();
  if (evaluated_step_ != state.step) state.metrics.clear();
  return state;
}

void TrainingRun::CheckDivergence(const StepResult& result) const {
  if (result.finite || config_.on_divergence() == DivergencePolicy::IGNORE) return;
  throw DivergedAt(parts_.job.trainer().steps() + 1,
                   WhatIsNotFinite(result, parts_.job.replica().plan()));
}

void TrainingRun::CheckStateIsFinite() {
  if (config_.on_divergence() == DivergencePolicy::IGNORE) return;
  const auto check = [this] {
    const ReplicaState& replica = parts_.job.replica().state();
    bool finite = AllFinite(replica.master());
    for (std::size_t index = 0; index < replica.moment_names().size(); ++index) {
      finite = finite && AllFinite(replica.moment(static_cast<int>(index)));
    }
    if (!finite) throw DivergedAt(parts_.job.trainer().steps(), "weights are not finite");
  };
  parts_.job.communication().Run([&] { AgreeOnErrors(parts_.communicator, check); });
}

void TrainingRun::VerifyReplicas() {
  const auto size = static_cast<std::size_t>(parts_.communicator.size());
  const std::string own = WeightsHash(parts_.job.replica());
  std::vector<std::uint8_t> hashes(size * own.size());
  const auto rank = static_cast<std::size_t>(parts_.communicator.rank());
  std::copy(own.begin(), own.end(),
            hashes.begin() + static_cast<std::ptrdiff_t>(rank * own.size()));
  parts_.job.communication().Run([&] {
    parts_.communicator.AllGather(
        Tensor(hashes.data(), Shape{static_cast<std::int64_t>(hashes.size())}, DataType::kU8));
  });
  for (std::size_t other = 0; other < size; ++other) {
    const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(other * own.size());
    if (std::equal(own.begin(), own.end(), first)) continue;
    throw ReplicasDiffer(fmt::format(
        "step {}: the weights of ranks {} and {} differ ({} and {}); the machine of one of them "
        "computes wrongly. Go on from the last checkpoint without it",
        parts_.job.trainer().steps(), rank, other, own,
        std::string(first, first + static_cast<std::ptrdiff_t>(own.size()))));
  }
}

void TrainingRun::TraceHash() {
  parts_.console.Info(fmt::format("step {} weights {}", parts_.job.trainer().steps(),
                                  WeightsHash(parts_.job.replica())));
}

void TrainingRun::WriteStatus(const std::string& state) {
  if (!status_) return;
  RunStatus status;
  status.state = state;
  status.step = parts_.job.trainer().steps();
  status.samples = parts_.job.trainer().samples();
  status.epoch = epochs();
  status.loss = summary_.loss;
  status.accuracy = summary_.accuracy;
  WriteOrWarn([&] { status_->Write(status); });
}

void TrainingRun::WriteFailedStatus() noexcept {
  try {
    WriteStatus("failed");
  } catch (const std::exception&) {
    // What ended the run is told; it may well be the same full disk.
  }
}

void TrainingRun::WriteOrWarn(const std::function<void()>& write) {
  try {
    write();
  } catch (const IoError& error) {
    if (config_.checkpoint().on_error() != OnSaveError::WARN) throw;
    parts_.console.Warning(error.what());
  }
}

double TrainingRun::epochs() const {
  return static_cast<double>(parts_.job.trainer().samples()) /
         static_cast<double>(parts_.job.data().train->size());
}

}  // namespace lockstep
