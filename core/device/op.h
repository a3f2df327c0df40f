#pragma once

// One node on one back end. The model calls ops in the order of the plan; the planner asks what
// they need.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/device/stream.h"
#include "core/graph/graph.h"
#include "core/graph/tensor.h"

namespace lockstep {

enum class Phase : std::uint8_t { kTrain, kEvaluate };

/// What a back end gets to make an op. Shapes are fixed for its life.
struct NodeSpec {
  NodeDef def;
  int number = 0;  ///< position in the graph: the counter word of its random draws
  std::vector<Shape> inputs;
  OpSchema schema;
  std::vector<bool> input_needs_gradient;
  DataType activations = DataType::kF32;
  Phase phase = Phase::kTrain;    ///< kEvaluate: Backward is never called
  std::uint64_t seed = 0;         ///< key of random draws
  std::int64_t global_batch = 1;  ///< divisor of the loss gradient
};

/// What the planner must provide. Sizes in bytes.
struct OpNeeds {
  std::vector<bool> backward_reads_input;  ///< one for each input
  bool backward_reads_output = false;
  std::size_t saved_bytes = 0;     ///< written by Forward, read by Backward of the same shard
  std::size_t scratch_bytes = 0;   ///< free for use within one call
  std::size_t prepared_bytes = 0;  ///< written by PrepareWeights, kept until the next one
};

/// The memory of one op. An absent tensor (present() false) is one that is not wanted.
struct OpBuffers {
  std::vector<Tensor> inputs;
  Tensor output;
  std::vector<Tensor> d_inputs;
  Tensor d_output;
  std::vector<Tensor> parameters;    ///< working weights, in the schema's order and shapes
  std::vector<Tensor> d_parameters;  ///< float32, in the gradient buffer
  std::vector<Tensor> states;
  Tensor saved;
  Tensor scratch;
  Tensor prepared;
  Tensor step_input;  ///< StepInput as bytes
};

/// Not thread-safe. Calls enqueue work on the stream and allocate nothing.
class Op {
 public:
  virtual ~Op() = default;
  virtual OpNeeds Needs() const = 0;
  /// Once, before any other call but Needs; the buffers never move.
  virtual void Bind(const OpBuffers& buffers) = 0;
  /// Once after each change of the working weights: reorder, cast.
  virtual void PrepareWeights(Stream& stream) = 0;
  /// Writes the output.
  virtual void Forward(Stream& stream, Phase phase) = 0;
  /// Overwrites every gradient it owns, never accumulates.
  virtual void Backward(Stream& stream) = 0;
  /// The vendor's name of the chosen implementation, for `lockstep plan`; "own" for our kernels.
  virtual std::string implementation() const = 0;
};

}  // namespace lockstep
