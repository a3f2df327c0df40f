#pragma once

// The one definition of an op type, shared by all back ends: output shapes, parameters, states,
// initializers.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/model.pb.h"
#include "core/graph/data_type.h"
#include "core/graph/shape.h"

namespace lockstep {

/// What becomes of the sum over all shards of a parameter's gradient.
enum class ParameterKind : std::uint8_t {
  kWeight,       ///< the update rule; working precision (convolution and dense weights)
  kSmallWeight,  ///< the update rule; always 32 bit (biases, norms' scales and shifts)
  kStatistic,    ///< averaged over shards into running statistics
  kControl,      ///< kept as it is: loss sums and control words (layout: core/device/step_input.h)
};

/// How a tensor stands in files. Inside, weights are KRSC and flattened inputs are in H, W, C
/// order; files use PyTorch's OIHW and C, H, W.
struct FileLayout {
  /// Empty (rank 0): files hold the tensor as it is. Else [A, H, W, C]: the tensor is viewed so,
  /// and files hold it permuted to [A, C, H, W].
  Shape view;
  /// The shape written to files.
  Shape file_shape;

  friend bool operator==(const FileLayout&, const FileLayout&) = default;
};

/// One trained tensor of a node.
struct ParameterSpec {
  std::string name;  ///< local: "weight", "bias"
  Shape shape;       ///< inside: KRSC, [units, in], [channels]
  ParameterKind kind = ParameterKind::kWeight;
  FileLayout layout;
  Initializer::Type initializer = Initializer::PYTORCH;
  std::int64_t fan_in = 0;   ///< inputs that meet in one output
  std::int64_t fan_out = 0;  ///< outputs that one input reaches, per window
  float statistic_rate = 0;  ///< kStatistic: share of a step's statistic in the running one
};

/// One tensor of a node that is carried from step to step but not trained (running statistics).
struct StateSpec {
  std::string name;
  Shape shape;
  DataType type = DataType::kF32;
  double initial = 0;
};

struct OpSchema {
  Shape output;
  std::vector<ParameterSpec> parameters;
  std::vector<StateSpec> states;
  /// The output is the first input's memory under another shape: no task, no op.
  bool is_view = false;
  /// Multiply-adds of one forward pass, times 2.
  std::int64_t forward_flops = 0;
};

/// The schema of `node` for inputs of these shapes ([N, H, W, C] or [N, C]).
/// Throws ConfigError that names the node, what was expected and what was got. Thread-safe.
OpSchema InferSchema(const NodeDef& node, std::span<const Shape> inputs);

}  // namespace lockstep
