#include "core/random/initializer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "core/random/philox.h"
#include "core/random/purpose.h"

namespace lockstep {

namespace {

std::array<std::uint32_t, 4> WordsOf(const InitialDraw& draw, std::int64_t number) {
  return Philox(draw.seed).Draw(
      CounterOf(static_cast<std::uint32_t>(number), PurposeOfParameter(draw.node, draw.index), 0));
}

double InverseRoot(std::int64_t fan) {
  if (fan <= 0) throw std::logic_error("initial values need the fan of their parameter");
  return 1 / std::sqrt(static_cast<double>(fan));
}

void FillUniform(const InitialDraw& draw, double bound, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t element = draw.first_element + static_cast<std::int64_t>(i);
    const std::uint32_t word = WordsOf(draw, element / 4)[static_cast<std::size_t>(element % 4)];
    out[i] = static_cast<float>((2.0 * ToUnitFloat(word) - 1) * bound);
  }
}

// Box and Muller 1958: sqrt(-2 ln u) cos(2 pi v), with u in (0, 1]. In double, so that the rounding
// to float hides what mathematical libraries differ in.
void FillNormal(const InitialDraw& draw, double deviation, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto words = WordsOf(draw, draw.first_element + static_cast<std::int64_t>(i));
    const double u = (words[0] + 1.0) * 0x1.0p-32;
    const double v = words[1] * 0x1.0p-32;
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
    out[i] = static_cast<float>(normal * deviation);
  }
}

bool StartsAtZero(const ParameterSpec& parameter) {
  return parameter.initializer == Initializer::ZERO || parameter.kind == ParameterKind::kControl;
}

}  // namespace

void Initialize(const ParameterSpec& parameter, const InitialDraw& draw, std::span<float> out) {
  if (StartsAtZero(parameter)) {
    std::fill(out.begin(), out.end(), 0.0F);
  } else if (parameter.initializer == Initializer::ONE) {
    std::fill(out.begin(), out.end(), 1.0F);
  } else if (parameter.initializer == Initializer::KAIMING_NORMAL &&
             parameter.kind == ParameterKind::kWeight) {
    FillNormal(draw, std::numbers::sqrt2 * InverseRoot(parameter.fan_out), out);
  } else {
    FillUniform(draw, InverseRoot(parameter.fan_in), out);
  }
}

}  // namespace lockstep
