#include "launcher/replica.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/model/make_ops.h"
#include "core/random/initializer.h"

namespace lockstep {
namespace {

constexpr std::int64_t kFloatsInKiB = 256;

Tensor WholeOf(const Buffer& buffer) {
  return buffer.View(0, Shape{static_cast<std::int64_t>(buffer.bytes() / sizeof(float))},
                     DataType::kF32);
}

}  // namespace

PlanOptions PlanOptionsOf(const Config& config, int ranks, Phase phase) {
  PlanOptions options;
  options.phase = phase;
  options.ranks = ranks;
  options.bucket_elements = config.bucket_kib() * kFloatsInKiB;
  return options;
}

Replica::Replica(const ReplicaOptions& options, Backend& backend,
                 CommunicationThread& communication)
    : rank_(communication.communicator().rank()),
      seed_(options.config.seed()),
      tree_(options.config.shards(), communication.communicator().size()),
      stream_(backend.NewStream(Priority::kNormal)) {
  const Config& config = options.config;
  MakeModel(options, backend, tree_.ranks());
  rule_ = backend.MakeUpdateRule(config.optimizer());
  state_ = std::make_unique<ReplicaState>(
      ReplicaStateOptions{plan(), rank_, backend, config.optimizer(), rule_->moment_names()});
  reducer_ = std::make_unique<GradientReducer>(
      GradientReducerOptions{plan(), tree_, backend, communication, *rule_, *state_, *stream_,
                             buffers_, config.reduction(), options.exchange_observer});
}

void Replica::MakeModel(const ReplicaOptions& options, Backend& backend, int ranks) {
  const Config& config = options.config;
  ModelParts parts;
  parts.graph = BuildGraph(config, options.images, config.batch() / config.shards());
  OpSettings settings;
  settings.seed = config.seed();
  settings.global_batch = config.batch();
  parts.ops = MakeOps(parts.graph, backend, settings);
  parts.plan =
      MakePlan(parts.graph, NeedsOf(parts.ops), PlanOptionsOf(config, ranks, Phase::kTrain));
  const auto bytes = static_cast<std::size_t>(parts.plan.gradient_elements) * sizeof(float);
  working_ = backend.Allocate(bytes);
  gradients_ = backend.Allocate(bytes);
  buffers_ = {WholeOf(working_), WholeOf(gradients_)};
  model_ = std::make_unique<Model>(std::move(parts), backend, *stream_, buffers_);
}

void Replica::InitializeWeights() {
  std::vector<float> weights(static_cast<std::size_t>(plan().gradient_elements));
  for (const ParameterPlace& place : plan().parameters) {
    const OpSchema& schema = model_->graph().nodes[static_cast<std::size_t>(place.node)].schema;
    Initialize(schema.parameters[static_cast<std::size_t>(place.index)],
               {seed_, place.node, place.index, 0},
               std::span(weights).subspan(static_cast<std::size_t>(place.offset),
                                          static_cast<std::size_t>(place.elements)));
  }
  LoadWeights(weights);
}

void Replica::LoadWeights(std::span<const float> weights) {
  stream_->Copy(buffers_.working, Tensor(const_cast<float*>(weights.data()),
                                         buffers_.working.shape(), DataType::kF32));
  stream_->Synchronize();
  state_->LoadMasters(weights);
}

}  // namespace lockstep
