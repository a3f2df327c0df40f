#include "onednn_ops/batch_norm_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

// Order of the parameters in the schema.
enum Parameter : std::size_t { kWeight, kBias, kRunningMean, kRunningVariance };

ChannelColumns ColumnsOf(const Shape& shape) {
  const std::int64_t channels = shape[shape.rank() - 1];
  return {shape.elements() / channels, channels};
}

SavedMask SavedMaskOf(const NodeSpec& node) {
  return node.def.batch_norm().relu() && node.phase == Phase::kTrain ? SavedMask::kBitAnElement
                                                                     : SavedMask::kNone;
}

// Half of a second-level cache: larger results would have left it before the next op reads them.
constexpr std::size_t kStreamedBytes = std::size_t{1} << 20;

Stores StoresOf(const NodeSpec& node) {
  const auto elements = static_cast<std::size_t>(node.inputs[0].elements());
  return elements * SizeOf(node.activations) < kStreamedBytes ? Stores::kCached : Stores::kStreamed;
}

Tensor Part(const Tensor& tensor, ElementRange elements) {
  return tensor.present() ? tensor.Range(elements.first, elements.count) : Tensor();
}

// Sums of g and of g * (x - mean) for each column.
std::int64_t GradientSumsOfChunk(const ChannelColumns& columns) { return 2 * columns.width(); }

// Calls `body(chunk, its elements)` for all chunks, over the team.
template <typename Body>
void ForEachChunk(const ChannelColumns& columns, const Body& body) {
  SplitUnits(columns.chunks(), columns.elements_of_chunk(), [&](ElementRange chunks) {
    for (std::int64_t i = 0; i < chunks.count; ++i) {
      body(chunks.first + i, columns.Elements(chunks.first + i));
    }
  });
}

// Calls `body(its elements)` for all chunks, over the team, each thread from its last chunk to its
// first: what the pass before touched last is still in its cache.
template <typename Body>
void ForEachChunkBackwards(const ChannelColumns& columns, const Body& body) {
  SplitUnits(columns.chunks(), columns.elements_of_chunk(), [&](ElementRange chunks) {
    for (std::int64_t i = chunks.count - 1; i >= 0; --i) body(columns.Elements(chunks.first + i));
  });
}

}  // namespace

BatchNormOp::BatchNormOp(const NodeSpec& node)
    : inputs_(node.inputs.size()),
      columns_(ColumnsOf(node.inputs[0])),
      eps_(node.def.batch_norm().eps()),
      relu_(node.def.batch_norm().relu()),
      phase_(node.phase),
      part_of_step_(static_cast<double>(node.inputs[0][0]) /
                    static_cast<double>(node.global_batch)),
      stores_(StoresOf(node)),
      memory_(columns_, SavedMaskOf(node)) {
  if (phase_ == Phase::kTrain && columns_.rows() == 1) {
    throw ConfigError(
        fmt::format("node '{}': training needs more than one element a channel, got input {}; give "
                    "each shard more samples",
                    node.def.name(), ToText(node.inputs[0])));
  }
}

OpNeeds BatchNormOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input.assign(inputs_, false);
  needs.backward_reads_input[0] = true;
  needs.saved_bytes = phase_ == Phase::kTrain ? memory_.saved_bytes() : 0;
  needs.scratch_bytes = memory_.scratch_bytes();
  return needs;
}

void BatchNormOp::Bind(const OpBuffers& buffers) {
  buffers_ = buffers;
  memory_.Bind(buffers.saved, buffers.scratch);
}

void BatchNormOp::Forward(Stream& stream, Phase phase) {
  CpuStreamOf(stream).Enter();
  if (phase == Phase::kTrain) {
    MeasureBatch();
    Apply(TransformBy(memory_.statistics()), phase);
  } else {
    Apply(TransformBy(RunningStatistics()), phase);
  }
}

void BatchNormOp::MeasureBatch() const {
  const std::int64_t sums_of_chunk = StatisticsSumsOfChunk(columns_);
  ForEachChunk(columns_, [&](std::int64_t chunk, ElementRange elements) {
    SumForStatistics(columns_, Part(buffers_.inputs[0], elements),
                     memory_.sums(chunk, sums_of_chunk));
  });
  MergeStatistics({columns_, memory_.all_sums(sums_of_chunk), memory_.work()}, buffers_.inputs[0],
                  memory_.statistics());
}

ChannelStatistics BatchNormOp::RunningStatistics() const {
  const auto mean = buffers_.parameters[kRunningMean].As<const float>();
  const auto variance = buffers_.parameters[kRunningVariance].As<const float>();
  const ChannelStatistics running{memory_.work().first(mean.size()),
                                  memory_.work().last(variance.size())};
  std::copy(mean.begin(), mean.end(), running.mean.begin());
  std::copy(variance.begin(), variance.end(), running.variance.begin());
  return running;
}

// The shift makes good what rounding to float32 added to the mean.
ColumnTransform BatchNormOp::TransformBy(const ChannelStatistics& statistics) const {
  const auto mean = memory_.constants(0);
  const auto scale = memory_.constants(1);
  const auto shift = memory_.constants(2);
  const auto weight = buffers_.parameters[kWeight].As<const float>();
  const auto bias = buffers_.parameters[kBias].As<const float>();
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const std::size_t c = i % weight.size();
    const double slope = weight[c] / std::sqrt(statistics.variance[c] + eps_);
    mean[i] = static_cast<float>(statistics.mean[c]);
    scale[i] = static_cast<float>(slope);
    shift[i] = static_cast<float>(bias[c] + (mean[i] - statistics.mean[c]) * slope);
  }
  return {mean, scale, shift};
}

void BatchNormOp::Apply(const ColumnTransform& transform, Phase phase) const {
  ForEachChunkBackwards(columns_, [&](ElementRange elements) {
    const NormalizedLines lines{Part(buffers_.inputs[0], elements), Part(other(), elements),
                                Part(buffers_.output, elements), stores_};
    if (!relu_) {
      Normalize(transform, lines);
    } else if (phase == Phase::kTrain) {
      NormalizeAndReluWithMask(transform, lines, memory_.mask(elements));
    } else {
      NormalizeAndRelu(transform, lines);
    }
  });
}

void BatchNormOp::Backward(Stream& stream) {
  CpuStreamOf(stream).Enter();
  SumGradients();
  AddSumsOfChunks();
  WriteParameterGradients();
  if (buffers_.d_inputs[0].present()) WriteInputGradient(TransformOfGradients());
}

void BatchNormOp::SumGradients() const {
  const auto mean = memory_.constants(0);
  const auto means = memory_.statistics().mean;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    mean[i] = static_cast<float>(means[i % means.size()]);
  }
  ForEachChunk(columns_, [&](std::int64_t chunk, ElementRange elements) {
    SumForGradients(
        {Part(buffers_.d_output, elements), Part(buffers_.inputs[0], elements),
         memory_.mask(elements), stores_},
        {mean, memory_.sums(chunk, GradientSumsOfChunk(columns_)), Part(d_other(), elements)});
  });
}

void BatchNormOp::AddSumsOfChunks() const {
  const std::span<double> total = memory_.work();
  std::fill(total.begin(), total.end(), 0.0);
  for (std::int64_t chunk = 0; chunk < columns_.chunks(); ++chunk) {
    const auto sums = memory_.sums(chunk, GradientSumsOfChunk(columns_));
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += sums[i];
  }
}

// The columns' products were taken with the mean rounded to float32.
BatchNormOp::ChannelGradient BatchNormOp::GradientOf(std::size_t channel) const {
  const auto width = static_cast<std::size_t>(columns_.width());
  const std::span<const double> total = memory_.work();
  ChannelGradient gradient;
  for (std::size_t i = channel; i < width; i += static_cast<std::size_t>(columns_.channels())) {
    gradient.sum += total[i];
    gradient.products += total[width + i];
  }
  const double mean = memory_.statistics().mean[channel];
  gradient.products += (static_cast<float>(mean) - mean) * gradient.sum;
  return gradient;
}

// d_bias = sum g,  d_weight = sum g (x - mean) / sqrt(variance + eps)
void BatchNormOp::WriteParameterGradients() const {
  const auto d_weight = buffers_.d_parameters[kWeight].As<float>();
  const auto d_bias = buffers_.d_parameters[kBias].As<float>();
  const auto d_mean = buffers_.d_parameters[kRunningMean].As<float>();
  const auto d_variance = buffers_.d_parameters[kRunningVariance].As<float>();
  const auto rows = static_cast<double>(columns_.rows());
  const ChannelStatistics statistics = memory_.statistics();
  for (std::size_t c = 0; c < d_weight.size(); ++c) {
    const ChannelGradient gradient = GradientOf(c);
    const double variance = statistics.variance[c];
    d_weight[c] = static_cast<float>(gradient.products / std::sqrt(variance + eps_));
    d_bias[c] = static_cast<float>(gradient.sum);
    d_mean[c] = static_cast<float>(statistics.mean[c] * part_of_step_);
    d_variance[c] = static_cast<float>(variance * rows / (rows - 1) * part_of_step_);
  }
}

// With s = weight / sqrt(variance + eps), over the n rows of a channel (Ioffe and Szegedy 2015,
// section 3, with the sums collected):
//   d_in = s g - s sum g / n - (x - mean) s sum g (x - mean) / (n (variance + eps))
GradientTransform BatchNormOp::TransformOfGradients() const {
  const auto mean = memory_.constants(0);
  const auto from_gradient = memory_.constants(1);
  const auto from_input = memory_.constants(2);
  const auto constant = memory_.constants(3);
  const auto weight = buffers_.parameters[kWeight].As<const float>();
  const auto rows = static_cast<double>(columns_.rows());
  const ChannelStatistics statistics = memory_.statistics();
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const std::size_t c = i % weight.size();
    const ChannelGradient gradient = GradientOf(c);
    const double variance = statistics.variance[c] + eps_;
    const double slope = weight[c] / std::sqrt(variance);
    const double of_input = -slope * gradient.products / (rows * variance);
    from_gradient[i] = static_cast<float>(slope);
    from_input[i] = static_cast<float>(of_input);
    constant[i] =
        static_cast<float>((mean[i] - statistics.mean[c]) * of_input - slope * gradient.sum / rows);
  }
  return {mean, from_gradient, from_input, constant};
}

void BatchNormOp::WriteInputGradient(const GradientTransform& transform) const {
  ForEachChunkBackwards(columns_, [&](ElementRange elements) {
    TransformGradients(transform,
                       {Part(buffers_.d_output, elements), Part(buffers_.inputs[0], elements),
                        memory_.mask(elements), stores_},
                       Part(buffers_.d_inputs[0], elements));
  });
}

}  // namespace lockstep
