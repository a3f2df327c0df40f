#include "launcher/evaluation_model.h"

#include <utility>

#include "core/model/make_ops.h"
#include "launcher/replica.h"

namespace lockstep {
namespace {

ModelParts PartsOf(const EvaluationModelOptions& options, Backend& backend) {
  Config config = options.config;
  config.clear_loss();
  OpSettings settings;
  settings.phase = Phase::kEvaluate;
  settings.seed = config.seed();
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
                                 Stream& stream, Tensor working)
    : stream_(stream), working_(working) {
  model_ = std::make_unique<Model>(PartsOf(options, backend), backend, stream,
                                   ModelBuffers{working_, {}});
}

EvaluationModel::EvaluationModel(const EvaluationModelOptions& options, Backend& backend,
                                 Stream& stream)
    : stream_(stream) {
  ModelParts parts = PartsOf(options, backend);
  const std::int64_t elements = parts.plan.gradient_elements;
  own_weights_ = backend.Allocate(static_cast<std::size_t>(elements) * sizeof(float));
  working_ = own_weights_.View(0, Shape{elements}, DataType::kF32);
  model_ = std::make_unique<Model>(std::move(parts), backend, stream, ModelBuffers{working_, {}});
}

void EvaluationModel::LoadWeights(std::span<const float> weights) {
  stream_.Copy(working_,
               Tensor(const_cast<float*>(weights.data()), working_.shape(), DataType::kF32));
  stream_.Synchronize();
}

}  // namespace lockstep
