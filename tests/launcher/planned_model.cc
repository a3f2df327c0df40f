#include "tests/launcher/planned_model.h"

#include <bit>
#include <cstring>
#include <random>
#include <utility>

#include "core/device/step_input.h"
#include "core/model/make_ops.h"
#include "core/random/initializer.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

constexpr ImageShape kImages{28, 28, 1};
constexpr int kPoison = 0xFF;

/// Hears of complete buckets and does nothing.
class NoListener : public BucketListener {
 public:
  void BucketComplete(int, int) override {}
};

Tensor FloatsOf(const Buffer& buffer) {
  const auto elements = static_cast<std::int64_t>(buffer.bytes() / sizeof(float));
  return buffer.View(0, Shape{elements}, DataType::kF32);
}

void AppendBits(std::span<const float> values, std::vector<std::uint32_t>& bits) {
  for (float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
}

}  // namespace

PlannedModel::PlannedModel(const Config& config, const PlannedModelOptions& options)
    : cpu_(MakeOnednnBackend({.threads = 1})),
      backend_(*cpu_),
      stream_(cpu_->NewStream(Priority::kNormal)),
      stage_(*cpu_, {{0, 1}, config.batch(), kImages}, 0) {
  ModelParts parts = PartsOf(config, options);
  const auto bytes = static_cast<std::size_t>(parts.plan.gradient_elements) * sizeof(float);
  working_ = std::make_unique<WorkingWeights>(parts.plan, *cpu_);
  gradients_ = cpu_->Allocate(bytes);
  model_ = std::make_unique<Model>(std::move(parts), backend_, *stream_,
                                   ModelBuffers{*working_, FloatsOf(gradients_)});
  InitializeWeights(config);
  FillShard(config);
}

ModelParts PlannedModel::PartsOf(const Config& config, const PlannedModelOptions& options) {
  ModelParts parts;
  parts.graph = BuildGraph(config, kImages, config.batch());
  OpSettings settings;
  settings.seed = config.seed();
  settings.global_batch = config.batch();
  parts.ops = MakeOps(parts.graph, backend_, settings);
  PlanOptions plan;
  plan.reuse_memory = options.reuse_memory;
  parts.plan = MakePlan(parts.graph, NeedsOf(parts.ops), plan);
  if (options.change_plan) options.change_plan(parts.plan);
  return parts;
}

void PlannedModel::InitializeWeights(const Config& config) {
  for (const ParameterPlace& place : plan().parameters) {
    const Node& node = graph().nodes[static_cast<std::size_t>(place.node)];
    Initialize(node.schema.parameters[static_cast<std::size_t>(place.index)],
               {config.seed(), place.node, place.index, 0}, WeightsOf(place));
  }
}

void PlannedModel::FillShard(const Config& config) {
  const Shard& shard = stage_.stage().shards.front();
  std::mt19937 random(7);
  for (auto& pixel : shard.images.As<std::uint8_t>()) pixel = static_cast<std::uint8_t>(random());
  for (auto& label : shard.labels.As<std::int32_t>()) {
    label = static_cast<std::int32_t>(random() % static_cast<unsigned>(config.model().classes()));
  }
  for (float& weight : shard.sample_weights.As<float>()) weight = 1;
  const StepInput input;
  std::memcpy(shard.step_input.data(), &input, sizeof(input));
}

PassBits PlannedModel::Run() {
  const Shard& shard = stage_.stage().shards.front();
  NoListener listener;
  model_->PrepareWeights();
  model_->Forward(shard, Phase::kTrain);
  model_->Backward(shard, listener);
  PassBits bits;
  for (const ParameterPlace& place : plan().parameters) {
    AppendBits(GradientsOf(place), bits.gradients);
  }
  AppendBits(model_->loss_sums().As<float>(), bits.loss_sums);
  AppendBits(model_->logits().As<float>(), bits.logits);
  return bits;
}

double PlannedModel::Loss() {
  model_->PrepareWeights();
  model_->Forward(stage_.stage().shards.front(), Phase::kTrain);
  const auto sums = model_->loss_sums().As<float>();
  return double{sums[kLossSum]} / double{sums[kSamples]};
}

void PlannedModel::Poison() {
  backend_.Overwrite(kPoison);
  std::memset(gradients_.data(), kPoison, gradients_.bytes());
}

std::span<float> PlannedModel::GradientsOf(const ParameterPlace& place) {
  return FloatsOf(gradients_).Range(place.offset, place.elements).As<float>();
}

}  // namespace lockstep
