#pragma once

// One rank's share of a training job's arithmetic: model, weights, optimizer state and the reducer
// that keeps it equal to its peers. Made from a resolved config; knows no data set, no run
// directory.

#include <memory>
#include <span>

#include "comm/communication_thread.h"
#include "comm/gradient_reducer.h"
#include "configs/config.pb.h"
#include "core/device/backend.h"
#include "core/model/make_ops.h"
#include "core/model/model.h"
#include "core/optimizer/replica_state.h"

namespace lockstep {

/// What graph, plan and tree are made for.
struct ReplicaOptions {
  const Config& config;  ///< resolved; outlives the replica
  ImageShape images;
  ExchangeObserver exchange_observer = {};  ///< may be empty
};

/// Plan options that follow from a config; the layout of the gradient buffer is the same in both
/// phases.
PlanOptions PlanOptionsOf(const Config& config, int ranks, Phase phase);

/// What follows from a config for the ops of a training pass.
OpSettings OpSettingsOf(const Config& config);

/// Not thread-safe. Owns its parts in destruction order; backend and communication outlive it.
class Replica {
 public:
  /// Throws ConfigError, Unsupported, Unavailable. Makes no collective call.
  Replica(const ReplicaOptions& options, Backend& backend, CommunicationThread& communication);

  /// Fills the weights with their initial values: the same on every rank.
  void InitializeWeights();
  /// Takes weights and statistics in the plan's layout, [gradient_elements].
  void LoadWeights(std::span<const float> weights);

  const ReductionTree& tree() const { return tree_; }
  /// The shards of this rank.
  ShardRange shards() const { return tree_.OwnedBy(rank_); }
  Model& model() { return *model_; }
  GradientReducer& reducer() { return *reducer_; }
  ReplicaState& state() { return *state_; }
  const Plan& plan() const { return model_->plan(); }
  /// The weights that ops read.
  const WorkingWeights& working() const { return *working_; }
  Stream& stream() { return *stream_; }

 private:
  void MakeModel(const ReplicaOptions& options, Backend& backend, int ranks);
  ModelBuffers BuffersOf(const Plan& plan) const;

  int rank_;
  std::uint64_t seed_;
  ReductionTree tree_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<WorkingWeights> working_;
  Buffer gradients_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<UpdateRule> rule_;
  std::unique_ptr<ReplicaState> state_;
  std::unique_ptr<GradientReducer> reducer_;
};

}  // namespace lockstep
