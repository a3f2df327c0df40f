#include "core/graph/node_check.h"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.h"

namespace lockstep {

void NodeCheck::Fail(std::string_view field, std::string_view expected,
                     std::string_view got) const {
  throw ConfigError(
      fmt::format("node '{}', {}: expected {}, got {}", node_.name(), field, expected, got));
}

void NodeCheck::AtLeast(std::string_view field, std::int64_t value, std::int64_t minimum) const {
  if (value < minimum) Fail(field, fmt::format("at least {}", minimum), std::to_string(value));
}

void NodeCheck::Fraction(std::string_view field, double value) const {
  if (!(value >= 0 && value < 1)) {
    Fail(field, "at least 0 and below 1", fmt::format("{}", value));
  }
}

void NodeCheck::Positive(std::string_view field,
                         const google::protobuf::RepeatedField<float>& values) const {
  for (float value : values) {
    if (!(value > 0 && std::isfinite(value))) {
      Fail(field, "finite numbers above 0", fmt::format("{}", value));
    }
  }
}

void NodeCheck::InputCount(std::span<const Shape> inputs, std::size_t count) const {
  if (inputs.size() != count) {
    Fail("input", fmt::format("{} of them", count), std::to_string(inputs.size()));
  }
}

void NodeCheck::Image(const Shape& input) const {
  if (input.rank() != 4) Fail("input", "a tensor [N, H, W, C]", ToText(input));
}

void NodeCheck::Size(std::string_view field, const Shape& shape) const {
  double elements = 1;
  for (std::int64_t extent : shape.extents()) elements *= static_cast<double>(extent);
  if (elements > std::ldexp(1.0, 40)) {
    Fail(field, "a tensor of at most 2^40 elements", ToText(shape));
  }
}

}  // namespace lockstep
