#include "onednn_ops/input_normalization_op.h"

#include <cstdint>

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

PixelScaling ScalingOf(const InputNormalization& settings) {
  const auto channels = static_cast<std::size_t>(settings.mean_size());
  return PixelScaling({settings.mean().data(), channels}, {settings.std().data(), channels});
}

}  // namespace

InputNormalizationOp::InputNormalizationOp(const NodeSpec& node)
    : scaling_(ScalingOf(node.def.input_normalization())) {}

OpNeeds InputNormalizationOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {false};
  return needs;
}

void InputNormalizationOp::Bind(const OpBuffers& buffers) {
  input_ = buffers.inputs[0];
  output_ = buffers.output;
}

void InputNormalizationOp::Forward(Stream& stream, Phase /*phase*/) {
  CpuStreamOf(stream).Enter();
  const auto channels = static_cast<std::int64_t>(scaling_.channels());
  SplitUnits(input_.elements() / channels, channels, [&](ElementRange pixels) {
    const std::int64_t first = pixels.first * channels;
    const std::int64_t count = pixels.count * channels;
    NormalizePixels(input_.Range(first, count).As<const std::uint8_t>(), scaling_,
                    output_.Range(first, count));
  });
}

}  // namespace lockstep
