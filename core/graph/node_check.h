#pragma once

// Validation of one node of a graph: every check throws a ConfigError that names node, field,
// expected and got. Used by the functions behind InferSchema.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "configs/model.pb.h"
#include "core/graph/shape.h"

namespace lockstep {

/// Refers to `node`, which must outlive it. Thread-safe.
class NodeCheck {
 public:
  explicit NodeCheck(const NodeDef& node) : node_(node) {}

  /// Throws "node '<name>', <field>: expected <expected>, got <got>".
  [[noreturn]] void Fail(std::string_view field, std::string_view expected,
                         std::string_view got) const;
  void AtLeast(std::string_view field, std::int64_t value, std::int64_t minimum) const;
  /// `value` lies in [0, 1); NaN does not.
  void Fraction(std::string_view field, double value) const;
  /// Each of `values` is finite and above 0.
  void Positive(std::string_view field, const google::protobuf::RepeatedField<float>& values) const;
  /// The node reads exactly `count` values.
  void InputCount(std::span<const Shape> inputs, std::size_t count) const;
  /// `input` is [N, H, W, C].
  void Image(const Shape& input) const;
  /// A tensor of the node has at most 2^40 elements, so that no size overflows.
  void Size(std::string_view field, const Shape& shape) const;

 private:
  const NodeDef& node_;
};

}  // namespace lockstep
