#include "launcher/job.h"

#include <utility>

#include "core/checkpoint/file_system.h"
#include "core/data/class_weights.h"
#include "core/data/open_dataset.h"
#include "core/digest/sha256.h"
#include "launcher/make_backend.h"

namespace lockstep {
namespace {

/// The config with its class weights scaled to the training set.
Config WithScaledClassWeights(Config config, const Dataset& train) {
  auto& weights = *config.mutable_loss()->mutable_class_weight();
  if (weights.empty()) return config;
  const std::vector<float> scaled =
      ScaleToMeanOne({weights.data(), static_cast<std::size_t>(weights.size())}, train);
  weights.Assign(scaled.begin(), scaled.end());
  return config;
}

}  // namespace

JobData OpenJobData(const Config& config) {
  JobData data;
  const int classes = config.model().classes();
  data.train = OpenDataset(config.data(), Split::TRAIN, classes);
  data.augmentation = Augmentation(config.augmentation(), config.seed(), data.train->image_shape());
  if (config.evaluation().every_epochs() > 0) {
    data.evaluation = OpenDataset(config.data(), config.evaluation().split(), classes);
  }
  return data;
}

std::vector<std::string> WarningsOf(const JobData& data) {
  std::vector<std::string> warnings;
  for (const Dataset* split : {data.train.get(), data.evaluation.get()}) {
    if (split == nullptr) continue;
    for (const std::string& reason : split->left_out()) {
      warnings.push_back(reason + "; left out (data.on_bad_record: SKIP)");
    }
  }
  return warnings;
}

std::map<std::string, std::string> ContractOf(const OpenedRun& run, const JobData& data,
                                              const Backend& backend) {
  auto contract = backend.Contract();
  contract["config"] = run.own_arithmetic;
  contract["data"] = data.train->digest();
  if (!run.resume && !run.config.initial_weights().empty()) {
    contract["initial_weights"] = Sha256Hex(ReadBytes(run.config.initial_weights()));
  }
  return contract;
}

Job::Job(Config config, JobData data, Communicator& communicator, JobObservers observers)
    : config_(WithScaledClassWeights(std::move(config), *data.train)),
      data_(std::move(data)),
      observers_(std::move(observers)),
      data_plan_(DataPlanOf(config_, data_.train->size())),
      length_(LengthOf(config_, data_plan_)),
      backend_(MakeBackend(config_, communicator.local_rank())),
      communication_(std::make_unique<CommunicationThread>(communicator)),
      replica_(std::make_unique<Replica>(
          ReplicaOptions{config_, data_.train->image_shape(), observers_.exchange}, *backend_,
          *communication_)),
      schedule_(config_.schedule(), config_.optimizer().learning_rate(),
                {data_.train->size(), length_.samples}) {
  if (data_.evaluation != nullptr) MakeEvaluation(communicator.size());
}

void Job::MakeEvaluation(int ranks) {
  std::int64_t batch = config_.evaluation().batch();
  if (batch == 0) batch = config_.batch() / config_.shards();
  evaluation_model_ = std::make_unique<EvaluationModel>(
      EvaluationModelOptions{config_, data_.evaluation->image_shape(), batch, ranks}, *backend_,
      replica_->stream(), replica_->working());
  evaluation_batches_ = std::make_unique<EvaluationBatches>(*data_.evaluation, batch);
  evaluator_ = std::make_unique<Evaluator>(evaluation_model_->model(), *backend_, *communication_,
                                           *evaluation_batches_);
}

void Job::StartAt(std::int64_t first_step) {
  LoaderOptions options;
  options.shards = replica_->shards();
  options.threads = config_.data().threads();
  options.first_step = static_cast<std::uint64_t>(first_step);
  options.augmentation = data_.augmentation;
  options.bad_records = {config_.data().on_bad_record(), config_.data().bad_record_limit()};
  loader_ = std::make_unique<Loader>(*data_.train, data_plan_, *backend_, options);
  trainer_ = std::make_unique<Trainer>(
      TrainerParts{*backend_, *loader_, replica_->model(), replica_->reducer(), schedule_,
                   config_.batch(), observers_.progress},
      first_step);
}

EvaluationResult Job::Evaluate() { return evaluator_->Run(observers_.progress); }

}  // namespace lockstep
