#pragma once

// A config as a flat list of values under field paths: what checks, digests and comparisons of
// whole configs walk.

#include <optional>
#include <string>
#include <vector>

#include "configs/config.pb.h"

namespace lockstep {

struct ConfigField {
  /// "optimizer.learning_rate", "data.mean[1]", "model.graph.node[0].relu".
  std::string path;
  /// Numbers in the shortest form that reads back as the same bits, texts as they are, "{}" for a
  /// chosen message.
  std::string value;
  /// The value of a field that is not an integer.
  std::optional<double> real;
  /// Whether the value is what an absent field has.
  bool is_default = false;
};

/// All values in the order of the schema, absent ones with their defaults; of a oneof the member
/// that is set. Thread-safe.
std::vector<ConfigField> ListFields(const Config& config);

}  // namespace lockstep
