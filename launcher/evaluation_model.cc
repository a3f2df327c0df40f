#include "launcher/evaluation_model.h"

#include <utility>

#include "launcher/replica.h"

namespace lockstep {
namespace {

ModelParts PartsOf(const EvaluationModelOptions& options, Backend& backend) {
  Config config = options.config;
  config.clear_loss();
  OpSettings settings = OpSettingsOf(config);
  settings.phase = Phase::kEvaluate;
  settings.global_batch = options.batch;
  ModelParts parts;
  parts.graph = BuildGraph(config, options.images, options.batch);
  parts.ops = MakeOps(parts.graph, backend, settings);
  parts.plan = MakePlan(parts.graph, NeedsOf(parts.ops),
                        PlanOptionsOf(config, options.ranks, Phase::kEvaluate));
  return parts;
}

}  // namespace

EvaluationModel::EvaluationModel(const EvaluationModelOptions& options, Backend& backend,
                                 Stream& stream, const WorkingWeights& working)
    : stream_(stream) {
  model_ = std::make_unique<Model>(PartsOf(options, backend), backend, stream,
                                   ModelBuffers{working, {}});
}

EvaluationModel::EvaluationModel(const EvaluationModelOptions& options, Backend& backend,
                                 Stream& stream)
    : stream_(stream) {
  ModelParts parts = PartsOf(options, backend);
  own_weights_ = std::make_unique<WorkingWeights>(parts.plan, backend);
  model_ =
      std::make_unique<Model>(std::move(parts), backend, stream, ModelBuffers{*own_weights_, {}});
}

void EvaluationModel::LoadWeights(std::span<const float> weights) {
  own_weights_->Load(stream_, weights);
}

}  // namespace lockstep
