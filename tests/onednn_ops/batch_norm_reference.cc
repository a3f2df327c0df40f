#include "tests/onednn_ops/batch_norm_reference.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

struct Statistics {
  Values mean;
  Values variance;  // biased
};

// In two passes: no cancellation to speak of.
Statistics StatisticsOf(const Values& in, std::size_t channels) {
  const double rows = static_cast<double>(in.size() / channels);
  Statistics of{Values(channels, 0.0), Values(channels, 0.0)};
  for (std::size_t i = 0; i < in.size(); ++i) of.mean[i % channels] += in[i] / rows;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double deviation = in[i] - of.mean[i % channels];
    of.variance[i % channels] += deviation * deviation / rows;
  }
  return of;
}

// Before sum and ReLU, without weight and bias.
Values Normalized(const NodeSpec& node, const Values& in, const Statistics& statistics) {
  Values normalized = in;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::size_t c = i % statistics.mean.size();
    normalized[i] = (in[i] - statistics.mean[c]) /
                    std::sqrt(statistics.variance[c] + node.def.batch_norm().eps());
  }
  return normalized;
}

Values Forward(const NodeSpec& node, const ReferenceInputs& in, const Statistics& statistics) {
  Values out = Normalized(node, in.inputs[0], statistics);
  const std::size_t channels = statistics.mean.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = out[i] * in.parameters[0][i % channels] + in.parameters[1][i % channels];
    if (in.inputs.size() > 1) out[i] += in.inputs[1][i];
    if (node.def.batch_norm().relu()) out[i] = std::max(out[i], 0.0);
  }
  return out;
}

// The gradient in front of ReLU and sum.
Values OpenGradient(const NodeSpec& node, const Values& out, std::span<const double> d_output) {
  Values g(d_output.begin(), d_output.end());
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (node.def.batch_norm().relu() && out[i] <= 0) g[i] = 0;
  }
  return g;
}

}  // namespace

Values BatchNormForward(const NodeSpec& node, const ReferenceInputs& in, Phase phase) {
  if (phase == Phase::kEvaluate) return Forward(node, in, {in.parameters[2], in.parameters[3]});
  return Forward(node, in, StatisticsOf(in.inputs[0], in.parameters[0].size()));
}

ReferenceGradients BatchNormBackward(const NodeSpec& node, const ReferenceInputs& in,
                                     std::span<const double> d_output) {
  const std::size_t channels = in.parameters[0].size();
  const double rows = static_cast<double>(in.inputs[0].size() / channels);
  const double shards = static_cast<double>(node.global_batch) / node.inputs[0][0];
  const Statistics statistics = StatisticsOf(in.inputs[0], channels);
  const Values normalized = Normalized(node, in.inputs[0], statistics);
  const Values g = OpenGradient(node, Forward(node, in, statistics), d_output);
  ReferenceGradients d;
  d.inputs.assign(in.inputs.size(), g);
  d.parameters.assign(4, Values(channels, 0.0));
  for (std::size_t i = 0; i < g.size(); ++i) {
    d.parameters[0][i % channels] += g[i] * normalized[i];
    d.parameters[1][i % channels] += g[i];
  }
  for (std::size_t i = 0; i < g.size(); ++i) {
    const std::size_t c = i % channels;
    const double scale =
        in.parameters[0][c] / std::sqrt(statistics.variance[c] + node.def.batch_norm().eps());
    d.inputs[0][i] =
        scale * (g[i] - d.parameters[1][c] / rows - normalized[i] * d.parameters[0][c] / rows);
  }
  for (std::size_t c = 0; c < channels; ++c) {
    d.parameters[2][c] = statistics.mean[c] / shards;
    d.parameters[3][c] = statistics.variance[c] * rows / (rows - 1) / shards;
  }
  return d;
}

}  // namespace lockstep
