#include "launcher/replica.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/random/initializer.h"

namespace lockstep {
namespace {

constexpr std::int64_t kFloatsInKiB = 256;

}  // namespace

PlanOptions PlanOptionsOf(const Config& config, int ranks, Phase phase) {
  PlanOptions options;
  options.phase = phase;
  options.ranks = ranks;
  options.bucket_elements = config.bucket_kib() * kFloatsInKiB;
  options.activations = ActivationType(config.precision());
  return options;
}

OpSettings OpSettingsOf(const Config& config) {
  OpSettings settings;
  settings.activations = ActivationType(config.precision());
  settings.seed = config.seed();
  settings.global_batch = config.batch();
  return settings;
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
  reducer_ = std::make_unique<GradientReducer>(GradientReducerOptions{
      plan(), tree_, backend, communication, *rule_, *state_, *stream_, BuffersOf(plan()),
      config.reduction(), GradientCheckOf(config), options.exchange_observer});
}

void Replica::MakeModel(const ReplicaOptions& options, Backend& backend, int ranks) {
  const Config& config = options.config;
  ModelParts parts;
  parts.graph = BuildGraph(config, options.images, config.batch() / config.shards());
  parts.ops = MakeOps(parts.graph, backend, OpSettingsOf(config));
  parts.plan =
      MakePlan(parts.graph, NeedsOf(parts.ops), PlanOptionsOf(config, ranks, Phase::kTrain));
  working_ = std::make_unique<WorkingWeights>(parts.plan, backend);
  gradients_ =
      backend.Allocate(static_cast<std::size_t>(parts.plan.gradient_elements) * sizeof(float));
  const ModelBuffers buffers = BuffersOf(parts.plan);
  model_ = std::make_unique<Model>(std::move(parts), backend, *stream_, buffers);
}

ModelBuffers Replica::BuffersOf(const Plan& plan) const {
  return {*working_, gradients_.View(0, Shape{plan.gradient_elements}, DataType::kF32)};
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
  working_->Load(*stream_, weights);
  state_->LoadMasters(weights);
}

}  // namespace lockstep
