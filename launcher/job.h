#pragma once

// All that trains on one rank, in destruction order: back end, data, replica, loader, trainer,
// evaluation.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "comm/communication_thread.h"
#include "configs/config.pb.h"
#include "core/data/augmentation.h"
#include "core/data/data_plan.h"
#include "core/data/dataset.h"
#include "core/data/evaluation_batches.h"
#include "core/data/loader.h"
#include "core/optimizer/schedule.h"
#include "launcher/evaluation_model.h"
#include "launcher/evaluator.h"
#include "launcher/open_run.h"
#include "launcher/replica.h"
#include "launcher/run_length.h"
#include "launcher/trainer.h"

namespace lockstep {

/// The data a run reads. Opened before anything else is made, so that a wrong path costs nothing.
struct JobData {
  std::unique_ptr<Dataset> train;
  Augmentation augmentation;            ///< of training images
  std::unique_ptr<Dataset> evaluation;  ///< null where nothing is ever evaluated
};

/// Throws ConfigError, InputMissing, DataError, IoError.
JobData OpenJobData(const Config& config);

/// A warning for each record that was left out of the data, as data.on_bad_record allows.
std::vector<std::string> WarningsOf(const JobData& data);

/// What the bits of a job depend on on this rank, field by field, for the handshake. Throws
/// InputMissing where the initial weights are not there.
std::map<std::string, std::string> ContractOf(const OpenedRun& run, const JobData& data,
                                              const Backend& backend);

/// Called where a job makes progress, for those who watch over it. Both may be empty.
struct JobObservers {
  std::function<void()> progress;  ///< after each shard of a step and each batch of an evaluation
  ExchangeObserver exchange;
};

/// Not thread-safe.
class Job {
 public:
  /// `config` is resolved. Weights are zero until one of the calls of replica() fills them. Makes
  /// no collective call.
  Job(Config config, JobData data, Communicator& communicator, JobObservers observers = {});

  /// Makes loader and trainer for the steps from `first_step` on.
  void StartAt(std::int64_t first_step);

  const Config& config() const { return config_; }
  const JobData& data() const { return data_; }
  const RunLength& length() const { return length_; }
  Backend& backend() { return *backend_; }
  CommunicationThread& communication() { return *communication_; }
  Replica& replica() { return *replica_; }
  Loader& loader() { return *loader_; }
  Trainer& trainer() { return *trainer_; }

  /// Evaluates the present weights. Collective.
  EvaluationResult Evaluate();

 private:
  void MakeEvaluation(int ranks);

  Config config_;
  JobData data_;
  JobObservers observers_;
  DataPlan data_plan_;
  RunLength length_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<CommunicationThread> communication_;
  std::unique_ptr<Replica> replica_;
  Schedule schedule_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<EvaluationModel> evaluation_model_;
  std::unique_ptr<EvaluationBatches> evaluation_batches_;
  std::unique_ptr<Evaluator> evaluator_;
};

}  // namespace lockstep
