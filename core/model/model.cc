#include "core/model/model.h"

#include <utility>

#include "core/device/step_input.h"

namespace lockstep {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t AlignedUp(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

Tensor Bytes(const Buffer& buffer, std::size_t offset, std::size_t bytes) {
  if (bytes == 0) return {};
  return buffer.View(offset, Shape{static_cast<std::int64_t>(bytes)}, DataType::kU8);
}

/// Adds the terms from left to right.
SumOrder LeftToRight(std::size_t terms) {
  SumOrder order;
  order.merges_after.assign(terms, 1);
  order.merges_after[0] = 0;
  return order;
}

}  // namespace

Model::Model(ModelParts parts, Backend& backend, Stream& stream, const ModelBuffers& buffers)
    : parts_(std::move(parts)), backend_(backend), stream_(stream) {
  arena_ = backend.Allocate(plan().arena_bytes);
  scratch_ = backend.Allocate(plan().scratch_bytes);
  prepared_ = backend.Allocate(plan().prepared_bytes);
  step_input_ = backend.Allocate(sizeof(StepInput));
  FindMemory();
  BindOps(buffers);
  CollectGradientSums();
}

void Model::FindMemory() {
  const std::size_t values = graph().values.size();
  const std::size_t nodes = graph().nodes.size();
  values_.resize(values);
  gradients_.resize(values);
  partials_.resize(nodes);
  saved_.resize(nodes);
  for (std::size_t node = 0; node < nodes; ++node) {
    partials_[node].resize(graph().nodes[node].inputs.size());
  }
  for (const Slot& slot : plan().slots) {
    const auto node = static_cast<std::size_t>(slot.node);
    const auto value = static_cast<std::size_t>(slot.value);
    switch (slot.kind) {
      case Slot::Kind::kValue:
        values_[value] =
            arena_.View(slot.offset, graph().values[value].shape, graph().values[value].type);
        break;
      case Slot::Kind::kGradient:
        gradients_[value] =
            arena_.View(slot.offset, graph().values[value].shape, graph().values[value].type);
        break;
      case Slot::Kind::kPartialGradient:
        partials_[node][static_cast<std::size_t>(slot.input)] =
            arena_.View(slot.offset, graph().values[value].shape, graph().values[value].type);
        break;
      case Slot::Kind::kSaved:
        saved_[node] = Bytes(arena_, slot.offset, slot.bytes);
        break;
    }
  }
}

Tensor Model::ValueTensor(int value) const {
  const Tensor root = values_[static_cast<std::size_t>(StoredValue(graph(), value))];
  return root.Reshaped(graph().values[static_cast<std::size_t>(value)].shape);
}

Tensor Model::GradientTensor(int node, int input) const {
  const auto consumer = static_cast<std::size_t>(node);
  const Node& definition = graph().nodes[consumer];
  if (!definition.input_needs_gradient[static_cast<std::size_t>(input)]) return {};
  const int value = definition.inputs[static_cast<std::size_t>(input)];
  const Shape& shape = graph().values[static_cast<std::size_t>(value)].shape;
  const Tensor partial = partials_[consumer][static_cast<std::size_t>(input)];
  if (partial.present()) return partial.Reshaped(shape);
  return gradients_[static_cast<std::size_t>(StoredValue(graph(), value))].Reshaped(shape);
}

void Model::BindOps(const ModelBuffers& buffers) {
  std::size_t offset = 0;
  states_.resize(parts_.ops.size());
  prepared_offsets_.resize(parts_.ops.size());
  for (std::size_t node = 0; node < parts_.ops.size(); ++node) {
    if (parts_.ops[node] == nullptr) continue;
    prepared_offsets_[node] = offset;
    offset += AlignedUp(parts_.ops[node]->Needs().prepared_bytes);
    std::size_t state_bytes = 0;
    for (const StateSpec& state : graph().nodes[node].schema.states) {
      state_bytes +=
          AlignedUp(static_cast<std::size_t>(state.shape.elements()) * SizeOf(state.type));
    }
    states_[node] = backend_.Allocate(state_bytes);
    parts_.ops[node]->Bind(BuffersOf(static_cast<int>(node), buffers));
  }
}

OpBuffers Model::BuffersOf(int node, const ModelBuffers& buffers) const {
  const auto number = static_cast<std::size_t>(node);
  const Node& definition = graph().nodes[number];
  const OpNeeds needs = parts_.ops[number]->Needs();
  OpBuffers bound;
  for (std::size_t input = 0; input < definition.inputs.size(); ++input) {
    bound.inputs.push_back(ValueTensor(definition.inputs[input]));
    bound.d_inputs.push_back(
        buffers.gradients.present() ? GradientTensor(node, static_cast<int>(input)) : Tensor());
  }
  bound.output = ValueTensor(definition.output);
  const Tensor d_output =
      gradients_[static_cast<std::size_t>(StoredValue(graph(), definition.output))];
  if (d_output.present()) bound.d_output = d_output.Reshaped(definition.schema.output);
  BindParameters(node, buffers, bound);
  for (std::size_t state = 0; state < definition.schema.states.size(); ++state) {
    bound.states.push_back(StateTensor(node, static_cast<int>(state)));
  }
  bound.saved = saved_[number];
  bound.scratch = Bytes(scratch_, 0, needs.scratch_bytes);
  bound.prepared = Bytes(prepared_, prepared_offsets_[number], needs.prepared_bytes);
  bound.step_input = Bytes(step_input_, 0, sizeof(StepInput));
  return bound;
}

void Model::BindParameters(int node, const ModelBuffers& buffers, OpBuffers& bound) const {
  for (const ParameterPlace& place : plan().parameters) {
    if (place.node != node) continue;
    bound.parameters.push_back(buffers.working.Of(place));
    bound.d_parameters.push_back(
        buffers.gradients.present()
            ? buffers.gradients.Range(place.offset, place.elements).Reshaped(place.shape)
            : Tensor());
  }
}

Tensor Model::StateTensor(int node, int state) const {
  const auto number = static_cast<std::size_t>(node);
  const auto& states = graph().nodes[number].schema.states;
  std::size_t offset = 0;
  for (int before = 0; before < state; ++before) {
    const StateSpec& spec = states[static_cast<std::size_t>(before)];
    offset += AlignedUp(static_cast<std::size_t>(spec.shape.elements()) * SizeOf(spec.type));
  }
  const StateSpec& spec = states[static_cast<std::size_t>(state)];
  return states_[number].View(offset, spec.shape, spec.type);
}

void Model::CollectGradientSums() {
  sums_.resize(graph().values.size());
  for (std::size_t node = 0; node < partials_.size(); ++node) {
    for (std::size_t input = 0; input < partials_[node].size(); ++input) {
      if (!partials_[node][input].present()) continue;
      const auto value =
          static_cast<std::size_t>(StoredValue(graph(), graph().nodes[node].inputs[input]));
      sums_[value].out = gradients_[value];
      sums_[value].terms.push_back(partials_[node][input]);
    }
  }
  for (GradientSum& sum : sums_) {
    if (!sum.terms.empty()) sum.order = LeftToRight(sum.terms.size());
  }
}

void Model::PrepareWeights() {
  for (const auto& op : parts_.ops) {
    if (op != nullptr) op->PrepareWeights(stream_);
  }
}

void Model::Forward(const Shard& shard, Phase phase) {
  stream_.Copy(values_[Graph::kImages], shard.images);
  stream_.Copy(values_[Graph::kLabels], shard.labels);
  stream_.Copy(values_[Graph::kSampleWeights], shard.sample_weights);
  stream_.Copy(Bytes(step_input_, 0, sizeof(StepInput)), shard.step_input);
  for (const Task& task : plan().forward) RunTask(task, phase);
}

void Model::Backward(const Shard& shard, BucketListener& listener) {
  for (const Task& task : plan().backward) {
    RunTask(task, Phase::kTrain);
    for (int bucket : task.completes) listener.BucketComplete(bucket, shard.position);
  }
}

void Model::RunTask(const Task& task, Phase phase) {
  if (observer_ != nullptr) observer_->TaskBegins(task);
  switch (task.kind) {
    case Task::Kind::kForward:
      parts_.ops[static_cast<std::size_t>(task.node)]->Forward(stream_, phase);
      break;
    case Task::Kind::kBackward:
      parts_.ops[static_cast<std::size_t>(task.node)]->Backward(stream_);
      break;
    case Task::Kind::kGradSum: {
      const GradientSum& sum = sums_[static_cast<std::size_t>(task.value)];
      backend_.Sum(stream_, sum.out, sum.terms, sum.order);
      break;
    }
  }
  if (observer_ != nullptr) observer_->TaskEnded(task);
}

Tensor Model::logits() const { return ValueTensor(graph().logits); }

Tensor Model::loss_sums() const { return ValueTensor(graph().loss); }

}  // namespace lockstep
