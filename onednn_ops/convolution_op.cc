#include "onednn_ops/convolution_op.h"

#include <string_view>

#include "onednn_ops/descriptors.h"
#include "onednn_ops/weighted_op.h"

namespace lockstep {
namespace {

using dnnl::memory;

// oneDNN counts dilation from 0, and lets weights be in whatever format it computes fastest.
struct Convolution {
  memory::desc input;
  memory::desc output;
  memory::dims weight_extents;
  memory::format_tag plain_weights = memory::format_tag::undef;
  memory::data_type type = memory::data_type::undef;
  memory::desc bias;
  memory::dims strides;
  memory::dims dilations;
  memory::dims padding;

  memory::desc Weights(memory::data_type of, memory::format_tag format) const {
    return memory::desc(weight_extents, of, format);
  }
  memory::desc FastestWeights() const { return Weights(type, memory::format_tag::any); }
};

memory::dims WeightExtents(const Conv2d& settings, const Shape& weight) {
  const std::int64_t groups = settings.groups();
  if (groups == 1) {
    return {weight[0], weight[3], weight[1], weight[2]};
  }
  return {groups, weight[0] / groups, weight[3], weight[1], weight[2]};
}

Convolution Describe(const NodeSpec& node) {
  const Conv2d& settings = node.def.conv2d();
  Convolution described;
  described.input = ImageDescriptor(node.inputs[0], node.activations);
  described.output = ImageDescriptor(node.schema.output, node.activations);
  described.weight_extents = WeightExtents(settings, node.schema.parameters[0].shape);
  described.plain_weights =
      settings.groups() == 1 ? memory::format_tag::ohwi : memory::format_tag::gohwi;
  described.type = DnnlTypeOf(node.activations);
  if (settings.bias()) {
    described.bias = VectorDescriptor(node.schema.output[3]);
  }
  described.strides = {settings.stride(), settings.stride()};
  described.dilations = {settings.dilation() - 1, settings.dilation() - 1};
  described.padding = {settings.padding(), settings.padding()};
  return described;
}

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// `plan()` with the library's second implementation where that is called `name...`, else with its
// first.
template <typename Plan>
auto PreferSecond(std::string_view name, const Plan& plan) {
  auto second = plan();
  return second.next_impl() && BeginsWith(second.impl_info_str(), name) ? second : plan();
}

// The library's first choice multiplies the pixels of an output row with the weights of a tap; with
// four of them at most its direct kernel keeps more sums in registers (3x3, 512 channels, 64
// images, two AVX-512 cores: 4x4 pixels 248 against 265 GFLOP/s, and 195 against 255 for the data;
// 2x2 127 against 226).
bool HasNarrowRows(const Convolution& c) { return c.output.get_dims()[3] <= 4; }
constexpr std::string_view kDirectKernel = "jit:avx512_core";

dnnl::convolution_forward::primitive_desc PlanForward(const Convolution& c, Phase phase,
                                                      const dnnl::engine& engine) {
  const auto kind = phase == Phase::kTrain ? dnnl::prop_kind::forward_training
                                           : dnnl::prop_kind::forward_inference;
  const auto plan = [&]() -> dnnl::convolution_forward::primitive_desc {
    return {engine,
            kind,
            dnnl::algorithm::convolution_direct,
            c.input,
            c.FastestWeights(),
            c.bias,
            c.output,
            c.strides,
            c.dilations,
            c.padding,
            c.padding,
            OpAttributes()};
  };
  return HasNarrowRows(c) ? PreferSecond(kDirectKernel, plan) : plan();
}

dnnl::convolution_backward_data::primitive_desc PlanBackwardData(
    const Convolution& c, const dnnl::convolution_forward::primitive_desc& forward,
    const dnnl::engine& engine) {
  return {engine,        dnnl::algorithm::convolution_direct,
          c.input,       c.FastestWeights(),
          c.output,      c.strides,
          c.dilations,   c.padding,
          c.padding,     forward,
          OpAttributes()};
}

// The library's first choice is often a forward convolution of the flipped weights. It computes all
// channels of a register at every tap, those of the border too; with few channels its direct kernel
// takes less than half the time (5x5, 16 to 6 channels, 128 images, one AVX-512 core: 2.7 ms
// against 1.2).
dnnl::convolution_backward_data::primitive_desc ChooseBackwardData(
    const Convolution& c, const dnnl::convolution_forward::primitive_desc& forward,
    const dnnl::engine& engine) {
  constexpr memory::dim kFewChannels = 16;
  const auto plan = [&] { return PlanBackwardData(c, forward, engine); };
  if (HasNarrowRows(c)) {
    return PreferSecond(kDirectKernel, plan);
  }
  const bool flips = BeginsWith(plan().impl_info_str(), "brg_fwd:");
  return flips && c.input.get_dims()[1] < kFewChannels ? PreferSecond("jit:", plan) : plan();
}

// Empty where the library has no form that writes the gradient as `type`.
dnnl::convolution_backward_weights::primitive_desc PlanBackwardWeights(
    const Convolution& c, memory::data_type type,
    const dnnl::convolution_forward::primitive_desc& forward, const dnnl::engine& engine) {
  constexpr bool kAllowEmpty = true;
  return {engine,     dnnl::algorithm::convolution_direct,
          c.input,    c.Weights(type, memory::format_tag::any),
          c.bias,     c.output,
          c.strides,  c.dilations,
          c.padding,  c.padding,
          forward,    OpAttributes(),
          kAllowEmpty};
}

}  // namespace

std::unique_ptr<Op> MakeConvolutionOp(const NodeSpec& node, const CpuDevice& device) {
  const Convolution c = Describe(node);
  const auto forward = PlanForward(c, node.phase, device.engine);
  WeightedPrimitives primitives;
  primitives.forward = forward;
  primitives.plain_weights = c.Weights(c.type, c.plain_weights);
  primitives.plain_gradient = c.Weights(memory::data_type::f32, c.plain_weights);
  primitives.has_bias = node.def.conv2d().bias();
  if (node.phase == Phase::kTrain) {
    if (node.input_needs_gradient[0]) {
      primitives.backward_data = ChooseBackwardData(c, forward, device.engine);
    }
    primitives.backward_weights = PlanWeightGradient(c.type, [&](memory::data_type type) {
      return PlanBackwardWeights(c, type, forward, device.engine);
    });
  }
  return std::make_unique<WeightedOp>(device.engine, std::move(primitives));
}

}  // namespace lockstep
