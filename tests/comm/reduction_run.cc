#include "tests/comm/reduction_run.h"

#include <cmath>
#include <string>

#include "core/device/step_input.h"
#include "core/graph/bfloat16.h"

namespace lockstep {
namespace {

struct TestParameter {
  ParameterKind kind;
  std::int64_t elements;
};

/// Appends the parameters to the plan from element `offset`; returns the region padded for all
/// ranks.
Region AddRegion(Plan& plan, std::int64_t offset, const std::vector<TestParameter>& parameters) {
  Region region{offset, 0};
  for (const TestParameter& parameter : parameters) {
    ParameterPlace place;
    place.name = "parameter" + std::to_string(plan.parameters.size());
    place.kind = parameter.kind;
    place.shape = Shape{parameter.elements};
    place.offset = offset + region.elements;
    place.elements = parameter.elements;
    plan.parameters.push_back(place);
    region.elements += (parameter.elements + kBlock - 1) / kBlock * kBlock;
  }
  const std::int64_t unit = kBlock * plan.ranks;
  region.elements = (region.elements + unit - 1) / unit * unit;
  return region;
}

void AddBucket(Plan& plan, const std::vector<TestParameter>& working,
               const std::vector<TestParameter>& small) {
  Bucket bucket;
  bucket.working = AddRegion(plan, plan.gradient_elements, working);
  bucket.small = AddRegion(plan, bucket.working.offset + bucket.working.elements, small);
  plan.gradient_elements = bucket.small.offset + bucket.small.elements;
  plan.buckets.push_back(bucket);
}

/// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t Mixed(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15U;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9U;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EBU;
  return state ^ (state >> 31);
}

Tensor FloatsOf(const Buffer& buffer, std::int64_t elements) {
  return buffer.View(0, Shape{elements}, DataType::kF32);
}

void RunStep(GradientReducer& reducer, const Plan& plan, const ShardRange& shards,
             const std::function<void(int shard)>& draw) {
  for (int shard = shards.first; shard < shards.last; ++shard) {
    draw(shard);
    for (int bucket = 0; bucket < static_cast<int>(plan.buckets.size()); ++bucket) {
      reducer.BucketComplete(bucket, shard);
    }
  }
  reducer.Finish();
}

std::vector<float> WithoutPadding(const Plan& plan, const WorkingWeights& working) {
  std::vector<float> values;
  for (const ParameterPlace& place : plan.parameters) {
    if (place.kind == ParameterKind::kControl) continue;
    const Tensor parameter = working.Of(place);
    if (parameter.type() == DataType::kBF16) {
      for (const Bfloat16 value : parameter.As<Bfloat16>()) values.push_back(ToFloat(value));
    } else {
      const auto floats = parameter.As<float>();
      values.insert(values.end(), floats.begin(), floats.end());
    }
  }
  return values;
}

std::vector<float> WithoutControl(const Plan& plan, const ReplicaState& state) {
  const std::vector<BlockRule> rules = BlockRulesOf(plan, OptimizerConfig());
  std::vector<float> values;
  const auto append = [&](std::span<const float> packed) {
    for (const SlicePiece& piece : state.pieces()) {
      for (std::int64_t i = 0; i < piece.elements; ++i) {
        const BlockRule& rule = rules[static_cast<std::size_t>((piece.offset + i) / kBlock)];
        const bool is_control = rule.kind == BlockRule::kControl;
        values.push_back(is_control ? 0 : packed[static_cast<std::size_t>(piece.packed + i)]);
      }
    }
  };
  append(state.master());
  for (int moment = 0; moment < static_cast<int>(state.moment_names().size()); ++moment) {
    append(state.moment(moment));
  }
  return values;
}

}  // namespace

OptimizerConfig SgdWithMomentum() {
  OptimizerConfig optimizer;
  optimizer.set_momentum(0.9);
  optimizer.set_weight_decay(0.01);
  return optimizer;
}

ReductionRunOptions ClippedReduction(Backend& backend, int shards) {
  ReductionRunOptions options{.backend = backend, .shards = shards};
  options.check = {.clip_norm = 1.5};
  return options;
}

Plan PlanOfThreeBuckets(int ranks, DataType working_type) {
  Plan plan;
  plan.ranks = ranks;
  plan.working_type = working_type;
  AddBucket(plan, {{ParameterKind::kWeight, 5000}},
            {{ParameterKind::kSmallWeight, 100}, {ParameterKind::kControl, kControlWords}});
  AddBucket(plan, {{ParameterKind::kWeight, 1030}, {ParameterKind::kWeight, 7}},
            {{ParameterKind::kStatistic, 10}});
  AddBucket(plan, {}, {{ParameterKind::kSmallWeight, 1}});
  return plan;
}

float AdversarialGradient(int step, int shard, int parameter, std::int64_t element) {
  std::uint64_t bits = 0;
  for (std::int64_t key :
       {std::int64_t{step}, std::int64_t{shard}, std::int64_t{parameter}, element}) {
    bits = Mixed(bits ^ static_cast<std::uint64_t>(key));
  }
  const float mantissa = 1.0F + static_cast<float>(bits % 8388608U) / 8388608.0F;
  const int exponent = static_cast<int>((bits >> 32) % 40U) - 20;
  return std::ldexp((bits >> 63) != 0 ? mantissa : -mantissa, exponent);
}

void DrawGradients(const Plan& plan, int step, int shard, std::span<float> gradients) {
  for (std::size_t parameter = 0; parameter < plan.parameters.size(); ++parameter) {
    const ParameterPlace& place = plan.parameters[parameter];
    for (std::int64_t element = 0; element < place.elements; ++element) {
      gradients[static_cast<std::size_t>(place.offset + element)] =
          AdversarialGradient(step, shard, static_cast<int>(parameter), element);
    }
  }
}

ReductionRunResult RunReduction(Communicator& communicator, const ReductionRunOptions& options) {
  const Plan plan = PlanOfThreeBuckets(communicator.size(), options.working_type);
  const ReductionTree tree(options.shards, communicator.size());
  const auto rule = options.backend.MakeUpdateRule(options.optimizer);
  ReplicaState state(
      {plan, communicator.rank(), options.backend, options.optimizer, rule->moment_names()});
  const auto bytes = static_cast<std::size_t>(plan.gradient_elements) * sizeof(float);
  const WorkingWeights working(plan, options.backend);
  const Buffer gradients = options.backend.Allocate(bytes);
  const auto compute = options.backend.NewStream(Priority::kNormal);
  CommunicationThread communication(communicator);
  GradientReducer reducer({.plan = plan,
                           .tree = tree,
                           .backend = options.backend,
                           .communication = communication,
                           .rule = *rule,
                           .state = state,
                           .compute = *compute,
                           .buffers = {working, FloatsOf(gradients, plan.gradient_elements)},
                           .reduction = options.reduction,
                           .check = options.check,
                           .observer = {}});
  StepInput input;
  input.learning_rate = 0.1F;
  for (int step = 0; step < options.steps; ++step) {
    input.step = static_cast<std::uint64_t>(step);
    reducer.BeginStep(Tensor(&input, Shape{sizeof(StepInput)}, DataType::kU8));
    RunStep(reducer, plan, tree.OwnedBy(communicator.rank()), [&](int shard) {
      const auto drawn = FloatsOf(gradients, plan.gradient_elements).As<float>();
      DrawGradients(plan, step, shard, drawn);
      if (options.change) options.change(plan, step, shard, drawn);
    });
  }
  ReductionRunResult result;
  result.weights = WithoutPadding(plan, working);
  result.state = WithoutControl(plan, state);
  result.control.assign(reducer.control().begin(), reducer.control().end());
  result.gradients = reducer.gradients();
  result.last_step_is_void = reducer.step_is_void();
  result.bytes_sent = reducer.bytes_sent();
  result.state_bytes = state.bytes();
  return result;
}

std::uint64_t HashOf(std::span<const float> values) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const std::byte byte : std::as_bytes(values)) {
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001B3U;
  }
  return hash;
}

}  // namespace lockstep
