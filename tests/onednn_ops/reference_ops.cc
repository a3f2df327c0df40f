#include "tests/onednn_ops/reference_ops.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>

namespace lockstep {
namespace {

// One product of a linear op: an element of the output takes an element of the input times a
// weight.
struct Tap {
  std::size_t out = 0;
  std::size_t in = 0;
  std::size_t weight = 0;
};
using VisitTap = std::function<void(const Tap&)>;

std::size_t IndexOf(const Shape& shape, std::initializer_list<std::int64_t> place) {
  std::int64_t index = 0;
  int axis = 0;
  for (const std::int64_t at : place) {
    index = index * shape[axis++] + at;
  }
  return static_cast<std::size_t>(index);
}

struct Windows {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
};

// One place of a window: where it reads, and which of the window's elements it is.
struct Place {
  std::int64_t n, oy, ox, y, x, r, s;
};

// Every place of every window that lies within the image.
void ForEachPlace(const Shape& in, const Shape& out, const Windows& w,
                  const std::function<void(const Place&)>& visit) {
  for (std::int64_t i = 0; i < out[0] * out[1] * out[2] * w.height * w.width; ++i) {
    Place p = {};
    p.s = i % w.width;
    p.r = i / w.width % w.height;
    p.ox = i / (w.width * w.height) % out[2];
    p.oy = i / (w.width * w.height * out[2]) % out[1];
    p.n = i / (w.width * w.height * out[2] * out[1]);
    p.y = p.oy * w.stride - w.padding + p.r * w.dilation;
    p.x = p.ox * w.stride - w.padding + p.s * w.dilation;
    if (p.y >= 0 && p.y < in[1] && p.x >= 0 && p.x < in[2]) {
      visit(p);
    }
  }
}

void ForEachConvolutionTap(const NodeSpec& node, const VisitTap& visit) {
  const Conv2d& c = node.def.conv2d();
  const Shape& in = node.inputs[0];
  const Shape& out = node.schema.output;
  const Shape& weight = node.schema.parameters[0].shape;
  const std::int64_t out_of_group = out[3] / c.groups();
  ForEachPlace(
      in, out, {weight[1], weight[2], c.stride(), c.padding(), c.dilation()}, [&](const Place& p) {
        for (std::int64_t k = 0; k < out[3]; ++k) {
          for (std::int64_t g = 0; g < weight[3]; ++g) {
            const std::int64_t channel = k / out_of_group * weight[3] + g;
            visit({IndexOf(out, {p.n, p.oy, p.ox, k}), IndexOf(in, {p.n, p.y, p.x, channel}),
                   IndexOf(weight, {k, p.r, p.s, g})});
          }
        }
      });
}

void ForEachDenseTap(const NodeSpec& node, const VisitTap& visit) {
  const Shape& in = node.inputs[0];
  const Shape& out = node.schema.output;
  for (std::int64_t n = 0; n < in[0]; ++n) {
    for (std::int64_t k = 0; k < out[1]; ++k) {
      for (std::int64_t c = 0; c < in[1]; ++c) {
        visit({IndexOf(out, {n, k}), IndexOf(in, {n, c}),
               IndexOf(node.schema.parameters[0].shape, {k, c})});
      }
    }
  }
}

void ForEachTap(const NodeSpec& node, const VisitTap& visit) {
  node.def.has_conv2d() ? ForEachConvolutionTap(node, visit) : ForEachDenseTap(node, visit);
}

Values LinearForward(const NodeSpec& node, const ReferenceInputs& in) {
  Values out(static_cast<std::size_t>(node.schema.output.elements()), 0.0);
  if (in.parameters.size() > 1) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = in.parameters[1][i % in.parameters[1].size()];
    }
  }
  ForEachTap(node, [&](const Tap& tap) {
    out[tap.out] += in.inputs[0][tap.in] * in.parameters[0][tap.weight];
  });
  return out;
}

ReferenceGradients Zeros(const ReferenceInputs& in) {
  ReferenceGradients gradients{in.inputs, in.parameters};
  for (auto* tensors : {&gradients.inputs, &gradients.parameters}) {
    for (Values& values : *tensors) {
      std::fill(values.begin(), values.end(), 0.0);
    }
  }
  return gradients;
}

ReferenceGradients LinearBackward(const NodeSpec& node, const ReferenceInputs& in,
                                  std::span<const double> d_output) {
  ReferenceGradients d = Zeros(in);
  ForEachTap(node, [&](const Tap& tap) {
    d.inputs[0][tap.in] += d_output[tap.out] * in.parameters[0][tap.weight];
    d.parameters[0][tap.weight] += d_output[tap.out] * in.inputs[0][tap.in];
  });
  if (in.parameters.size() > 1) {
    for (std::size_t i = 0; i < d_output.size(); ++i) {
      d.parameters[1][i % d.parameters[1].size()] += d_output[i];
    }
  }
  return d;
}

template <typename Settings>
Windows WindowsOf(const Settings& settings) {
  return {settings.kernel(), settings.kernel(),
          settings.stride() == 0 ? settings.kernel() : settings.stride(), settings.padding()};
}

Windows PoolWindows(const NodeSpec& node) {
  if (node.def.has_max_pool()) {
    return WindowsOf(node.def.max_pool());
  }
  if (node.def.has_avg_pool()) {
    return WindowsOf(node.def.avg_pool());
  }
  return {node.inputs[0][1], node.inputs[0][2]};
}

void ForEachPoolTap(const NodeSpec& node, const VisitTap& visit) {
  const Shape& in = node.inputs[0];
  const Shape& out = node.schema.output;
  ForEachPlace(in, out, PoolWindows(node), [&](const Place& p) {
    for (std::int64_t c = 0; c < in[3]; ++c) {
      visit({IndexOf(out, {p.n, p.oy, p.ox, c}), IndexOf(in, {p.n, p.y, p.x, c})});
    }
  });
}

// For each element of the output, which element of the input won: the first of equal ones.
std::vector<std::size_t> Winners(const NodeSpec& node, const Values& in) {
  const auto elements = static_cast<std::size_t>(node.schema.output.elements());
  std::vector<double> best(elements, -std::numeric_limits<double>::infinity());
  std::vector<std::size_t> winners(elements, 0);
  ForEachPoolTap(node, [&](const Tap& tap) {
    if (in[tap.in] > best[tap.out]) {
      best[tap.out] = in[tap.in];
      winners[tap.out] = tap.in;
    }
  });
  return winners;
}

double WindowElements(const NodeSpec& node) {
  const Windows w = PoolWindows(node);
  return static_cast<double>(w.height * w.width);
}

Values PoolForward(const NodeSpec& node, const Values& in) {
  Values out(static_cast<std::size_t>(node.schema.output.elements()), 0.0);
  if (node.def.has_max_pool()) {
    std::ranges::transform(Winners(node, in), out.begin(), [&](std::size_t i) { return in[i]; });
    return out;
  }
  ForEachPoolTap(node, [&](const Tap& t) { out[t.out] += in[t.in] / WindowElements(node); });
  return out;
}

Values PoolBackward(const NodeSpec& node, const Values& in, std::span<const double> d_output) {
  Values d_in(in.size(), 0.0);
  if (node.def.has_max_pool()) {
    const std::vector<std::size_t> winners = Winners(node, in);
    for (std::size_t i = 0; i < winners.size(); ++i) {
      d_in[winners[i]] += d_output[i];
    }
    return d_in;
  }
  ForEachPoolTap(node, [&](const Tap& t) { d_in[t.in] += d_output[t.out] / WindowElements(node); });
  return d_in;
}

Values AddForward(const std::vector<Values>& inputs) {
  Values out(inputs[0].size(), 0.0);
  for (const Values& in : inputs) {
    std::transform(out.begin(), out.end(), in.begin(), out.begin(), std::plus<>());
  }
  return out;
}

Values NormalizationForward(const NodeSpec& node, const Values& in) {
  const InputNormalization& settings = node.def.input_normalization();
  Values out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const int c = static_cast<int>(i) % settings.mean_size();
    out[i] = (in[i] / 255 - settings.mean(c)) / settings.std(c);
  }
  return out;
}

}  // namespace

Values ReferenceForward(const NodeSpec& node, const ReferenceInputs& in) {
  switch (node.def.op_case()) {
    case NodeDef::kConv2D:
    case NodeDef::kDense:
      return LinearForward(node, in);
    case NodeDef::kMaxPool:
    case NodeDef::kAvgPool:
    case NodeDef::kGlobalAvgPool:
      return PoolForward(node, in.inputs[0]);
    case NodeDef::kAdd:
      return AddForward(in.inputs);
    case NodeDef::kInputNormalization:
      return NormalizationForward(node, in.inputs[0]);
    case NodeDef::kRelu: {
      Values out = in.inputs[0];
      std::ranges::transform(out, out.begin(), [](double x) { return std::max(x, 0.0); });
      return out;
    }
    default:
      throw std::logic_error("no reference for node " + node.def.name());
  }
}

ReferenceGradients ReferenceBackward(const NodeSpec& node, const ReferenceInputs& in,
                                     std::span<const double> d_output) {
  ReferenceGradients d = Zeros(in);
  switch (node.def.op_case()) {
    case NodeDef::kConv2D:
    case NodeDef::kDense:
      return LinearBackward(node, in, d_output);
    case NodeDef::kMaxPool:
    case NodeDef::kAvgPool:
    case NodeDef::kGlobalAvgPool:
      d.inputs[0] = PoolBackward(node, in.inputs[0], d_output);
      return d;
    case NodeDef::kAdd:
      for (Values& d_input : d.inputs) {
        d_input.assign(d_output.begin(), d_output.end());
      }
      return d;
    case NodeDef::kRelu:
      for (std::size_t i = 0; i < d_output.size(); ++i) {
        d.inputs[0][i] = in.inputs[0][i] > 0 ? d_output[i] : 0;
      }
      return d;
    default:
      throw std::logic_error("no reference for the gradient of node " + node.def.name());
  }
}

}  // namespace lockstep
