#pragma once

// Keeps the replicas identical: sums the gradients of all shards in the fixed tree of
// core/plan/reduction_tree.h bucket by bucket while the backward pass goes on, updates this rank's
// slices and gathers the new weights.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "comm/bucket_exchange.h"
#include "comm/communication_thread.h"
#include "comm/gradient_norm.h"
#include "comm/partial_sums.h"
#include "core/device/backend.h"
#include "core/model/model.h"
#include "core/optimizer/replica_state.h"
#include "core/plan/plan.h"
#include "core/plan/reduction_tree.h"

namespace lockstep {

enum class ExchangePhase : std::uint8_t { kBegun, kDone };

/// Called on the communication thread at the begin and the end of a bucket's exchange and sum, and
/// of its update and gather where nothing is asked of the gradients.
using ExchangeObserver = std::function<void(int bucket, ExchangePhase phase)>;

/// All that is referred to outlives the reducer.
struct GradientReducerOptions {
  const Plan& plan;
  const ReductionTree& tree;
  Backend& backend;
  CommunicationThread& communication;
  const UpdateRule& rule;
  ReplicaState& state;
  Stream& compute;       ///< the model's stream
  ModelBuffers buffers;  ///< in memory that the communicator can read
  Reduction::Type reduction = Reduction::EXACT;
  GradientCheck check = {};
  ExchangeObserver observer;  ///< may be empty
};

/// One step is BeginStep, BucketComplete for every bucket of every shard of this rank in order,
/// Finish. Used by the compute thread alone; allocates only when made. Where the check looks at all
/// gradients the weights change in Finish, on the compute threads; else each bucket's as soon as it
/// is reduced.
class GradientReducer : public BucketListener {
 public:
  explicit GradientReducer(const GradientReducerOptions& options);
  /// After a failure in mid-step it interrupts the communicator rather than wait for peers.
  ~GradientReducer() override;
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  /// `step_input`: StepInput as bytes, kept unchanged until Finish returns.
  void BeginStep(Tensor step_input);
  /// Folds the bucket's gradients of the shard at position `shard` of the global batch. With the
  /// rank's last shard the exchange begins.
  void BucketComplete(int bucket, int shard) override;
  /// Returns when the working weights are those after the step, or, where the check found the step
  /// void, as they were before. Rethrows what failed in the exchange.
  void Finish();

  /// The control words of the last step, summed over all shards (ControlWord); empty where the plan
  /// has none.
  std::span<const float> control() const { return control_; }
  /// What the check found in the last step; without one nothing.
  GradientSummary gradients() const { return norm_ ? norm_->summary() : GradientSummary(); }
  /// Whether the last step changed nothing but the control words.
  bool step_is_void() const { return norm_ && norm_->voids(); }
  /// Since the start, counted message by message. Valid between Finish and BeginStep.
  std::int64_t bytes_sent() const { return bytes_sent_; }
  /// Seconds that the last Finish waited.
  double wait_seconds() const { return wait_seconds_; }
  /// Memory for partial and received sums.
  std::size_t bytes() const;

 private:
  /// One bucket of this rank, ready to run.
  struct BucketWork {
    Region range;  ///< both regions
    BucketExchange exchange;
    std::vector<UpdateSlice> updates;  ///< one a slice
    std::unique_ptr<Event> folded;
    std::unique_ptr<Event> updated;
    CommunicationThread::Job reduce;
    CommunicationThread::Job gather;
  };

  void PrepareBuckets(const GradientReducerOptions& options);
  std::vector<UpdateSlice> UpdatesOf(int bucket, const BucketExchange& exchange);
  /// On the communication thread.
  void ReduceBucket(const BucketWork& work, int bucket);
  void GatherBucket(const BucketWork& work);
  void SumSlices(const BucketExchange& exchange);
  /// On the compute thread.
  void CheckGradients();
  void UpdateAllBuckets();
  void PostGather(const CommunicationThread::Job& job);
  void WaitForCommunication();

  Backend& backend_;
  CommunicationThread& communication_;
  const UpdateRule& rule_;
  ReplicaState& state_;
  Stream& compute_;
  ModelBuffers buffers_;
  ExchangeObserver observer_;
  ShardRange shards_;
  SumOrder owner_order_;
  PartialSums partial_sums_;
  std::optional<GradientNorm> norm_;  ///< where the check looks at all gradients
  CommunicationThread::Job gather_norm_;
  Buffer received_;
  std::unique_ptr<Stream> stream_;  ///< of the communication thread
  std::vector<BucketWork> buckets_;
  std::span<const float> control_;
  bool in_step_ = false;
  std::size_t posted_ = 0;
  std::int64_t bytes_sent_ = 0;
  double wait_seconds_ = 0;
};

}  // namespace lockstep
