#include "comm/gradient_reducer.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "core/errors.h"

namespace lockstep {
namespace {

/// FAST folds all own shards into one sum; the library adds those of the ranks.
SumOrder FoldOrderOf(const GradientReducerOptions& options, int rank) {
  if (options.reduction == Reduction::EXACT) return options.tree.FoldOrder(rank);
  SumOrder order;
  order.merges_after.assign(static_cast<std::size_t>(options.tree.OwnedBy(rank).size()), 1);
  order.merges_after.front() = 0;
  return order;
}

void CheckRanks(const GradientReducerOptions& options) {
  const int ranks = options.communication.communicator().size();
  if (options.plan.ranks != ranks || options.tree.ranks() != ranks) {
    throw std::logic_error(fmt::format("{} ranks, but a plan for {} and a reduction tree for {}",
                                       ranks, options.plan.ranks, options.tree.ranks()));
  }
}

std::span<const float> ControlWordsOf(const Plan& plan, const WorkingWeights& working) {
  for (const ParameterPlace& parameter : plan.parameters) {
    if (parameter.kind == ParameterKind::kControl) return working.Of(parameter).As<float>();
  }
  return {};
}

}  // namespace

GradientReducer::GradientReducer(const GradientReducerOptions& options)
    : backend_(options.backend),
      communication_(options.communication),
      rule_(options.rule),
      state_(options.state),
      compute_(options.compute),
      buffers_(options.buffers),
      observer_(options.observer),
      shards_(options.tree.OwnedBy(options.communication.communicator().rank())),
      owner_order_(options.tree.OwnerOrder()),
      partial_sums_(options.backend, options.buffers.gradients,
                    FoldOrderOf(options, options.communication.communicator().rank())),
      stream_(options.backend.NewStream(Priority::kHigh)) {
  CheckRanks(options);
  if (options.check.looks_at_all()) {
    Communicator& communicator = communication_.communicator();
    norm_.emplace(options.plan, communicator.rank(), backend_, options.check);
    gather_norm_ = [this, &communicator] { norm_->Gather(communicator); };
  }
  PrepareBuckets(options);
  control_ = ControlWordsOf(options.plan, buffers_.working);
}

GradientReducer::~GradientReducer() { communication_.Cancel(); }

void GradientReducer::PrepareBuckets(const GradientReducerOptions& options) {
  const int rank = communication_.communicator().rank();
  const std::int64_t received = options.reduction == Reduction::EXACT
                                    ? ReceivedElements(options.plan, options.tree, rank)
                                    : 0;
  received_ = backend_.AllocateHost(static_cast<std::size_t>(received) * sizeof(float));
  const std::vector<BucketExchange> exchanges =
      MakeBucketExchanges({.plan = options.plan,
                           .tree = options.tree,
                           .rank = rank,
                           .reduction = options.reduction,
                           .partials = partial_sums_.partials(),
                           .received = received_.View(0, Shape{received}, DataType::kF32),
                           .working = buffers_.working});
  buckets_.resize(exchanges.size());
  for (int bucket = 0; bucket < static_cast<int>(exchanges.size()); ++bucket) {
    const Bucket& planned = options.plan.buckets[static_cast<std::size_t>(bucket)];
    BucketWork& work = buckets_[static_cast<std::size_t>(bucket)];
    work.range = {planned.working.offset, planned.working.elements + planned.small.elements};
    work.exchange = exchanges[static_cast<std::size_t>(bucket)];
    work.updates = UpdatesOf(bucket, work.exchange);
    work.folded = backend_.NewEvent();
    work.updated = backend_.NewEvent();
    work.reduce = [this, &work, bucket] { ReduceBucket(work, bucket); };
    work.gather = [this, &work] { GatherBucket(work); };
  }
}

std::vector<UpdateSlice> GradientReducer::UpdatesOf(int bucket, const BucketExchange& exchange) {
  std::vector<UpdateSlice> updates;
  for (const SlicePiece& piece : state_.pieces()) {
    if (piece.bucket != bucket) continue;
    UpdateSlice update = state_.SliceOf(piece);
    for (const BucketExchange::Slice& slice : exchange.slices) {
      if (slice.place.offset == piece.offset) update.gradient = slice.gradient;
    }
    update.working = buffers_.working.Range(piece.offset, piece.elements);
    if (norm_) {
      norm_->AddSlice(piece, update.gradient);
      update.verdict = norm_->verdict();
    }
    updates.push_back(update);
  }
  return updates;
}

void GradientReducer::BeginStep(Tensor step_input) {
  for (BucketWork& work : buckets_) {
    for (UpdateSlice& update : work.updates) update.step_input = step_input;
  }
  posted_ = 0;
  in_step_ = true;
}

void GradientReducer::BucketComplete(int bucket, int shard) {
  if (!in_step_) throw std::logic_error("a bucket is complete before BeginStep");
  if (shard < shards_.first || shard >= shards_.last) {
    throw std::logic_error(fmt::format("shard {} is not one of this rank's [{}, {})", shard,
                                       shards_.first, shards_.last));
  }
  BucketWork& work = buckets_.at(static_cast<std::size_t>(bucket));
  partial_sums_.Fold(compute_, work.range, shard - shards_.first);
  if (shard + 1 < shards_.last) return;
  compute_.Record(*work.folded);
  communication_.Post(work.reduce);
  ++posted_;
}

void GradientReducer::Finish() {
  if (posted_ != buckets_.size()) {
    throw std::logic_error(fmt::format("{} of {} buckets are complete at the end of a step",
                                       posted_, buckets_.size()));
  }
  in_step_ = false;
  wait_seconds_ = 0;
  WaitForCommunication();
  if (!norm_) return;
  CheckGradients();
  UpdateAllBuckets();
}

void GradientReducer::CheckGradients() {
  norm_->Sum(compute_);
  compute_.Synchronize();
  PostGather(gather_norm_);
  WaitForCommunication();
  bytes_sent_ += norm_->bytes_sent();
  norm_->Decide(compute_);
}

// The compute threads have nothing else to do now, so the update is theirs; a bucket is gathered
// beside the update of the next one.
void GradientReducer::UpdateAllBuckets() {
  for (const BucketWork& work : buckets_) {
    for (const UpdateSlice& update : work.updates) rule_.Update(compute_, update);
    compute_.Record(*work.updated);
    PostGather(work.gather);
  }
  compute_.Synchronize();
  WaitForCommunication();
}

// A lone rank is spared the way over the communication thread.
void GradientReducer::PostGather(const CommunicationThread::Job& job) {
  if (communication_.communicator().size() > 1) communication_.Post(job);
}

void GradientReducer::WaitForCommunication() {
  const auto start = std::chrono::steady_clock::now();
  communication_.Wait();
  wait_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::size_t GradientReducer::bytes() const { return partial_sums_.bytes() + received_.bytes(); }

// The working weights of a complete bucket are not read again in this step, so without a look at
// all gradients they may change while the backward pass goes on.
void GradientReducer::ReduceBucket(const BucketWork& work, int bucket) {
  Communicator& communicator = communication_.communicator();
  if (observer_) observer_(bucket, ExchangePhase::kBegun);
  stream_->Wait(*work.folded);
  stream_->Synchronize();
  communicator.Exchange(work.exchange.sends, work.exchange.receives);
  for (const Tensor& whole : work.exchange.reduce_scatters) communicator.ReduceScatter(whole);
  SumSlices(work.exchange);
  stream_->Synchronize();
  if (!norm_) {
    for (const UpdateSlice& update : work.updates) rule_.Update(*stream_, update);
    stream_->Record(*work.updated);
    GatherBucket(work);
  }
  bytes_sent_ += work.exchange.bytes_sent;
  if (observer_) observer_(bucket, ExchangePhase::kDone);
}

void GradientReducer::GatherBucket(const BucketWork& work) {
  stream_->Wait(*work.updated);
  stream_->Synchronize();
  for (const Tensor& whole : work.exchange.gathers) {
    communication_.communicator().AllGather(whole);
  }
}

void GradientReducer::SumSlices(const BucketExchange& exchange) {
  for (const BucketExchange::Slice& slice : exchange.slices) {
    if (slice.terms.size() > 1) {
      backend_.Sum(*stream_, slice.gradient, slice.terms, owner_order_);
    }
  }
}

}  // namespace lockstep
