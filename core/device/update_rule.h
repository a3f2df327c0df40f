#pragma once

// The optimizer on a back end: how one slice of the weights follows its gradient.

#include <cstdint>
#include <string>
#include <vector>

#include "core/device/stream.h"

namespace lockstep {

/// How the elements of one block are updated. One a block of 1,024 elements, so that a slice is one
/// call.
struct BlockRule {
  enum Kind : std::uint32_t {
    kPadding,    ///< nothing lives here
    kTrained,    ///< the optimizer's rule
    kStatistic,  ///< master += rate * (gradient - master): running statistics
    kControl,    ///< master = gradient
  };
  Kind kind = kPadding;
  float weight_decay = 0;  ///< kTrained
  float rate = 0;          ///< kStatistic: share of the gradient, which holds the mean over shards
};

/// What a look at all gradients of a step decides about its update; device memory.
struct GradientVerdict {
  float scale = 1;            ///< factor on the gradients of kTrained blocks: clipping
  std::uint32_t is_void = 0;  ///< 1: nothing is written but kControl blocks
};

/// What one call updates; all tensors have the same number n of elements, a multiple of 1,024.
struct UpdateSlice {
  Tensor gradient;              ///< [n] float32, the sum over all shards
  Tensor master;                ///< [n] float32
  std::vector<Tensor> moments;  ///< each [n] float32
  Tensor working;               ///< [n] float32 or bfloat16, written: the rounding of master
  Tensor block_rules;           ///< [n / 1024] BlockRule as bytes
  Tensor step_input;            ///< StepInput as bytes: the learning rate and the step count
  Tensor verdict;               ///< GradientVerdict as bytes; absent: the default one
};

/// Stateless between calls. Thread-safe for distinct slices.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  /// Names of the moments in files, in the order of UpdateSlice::moments: "momentum", "exp_avg",
  /// ...
  virtual std::vector<std::string> moment_names() const = 0;
  /// What is written does not depend on the threads of `stream`.
  virtual void Update(Stream& stream, const UpdateSlice& slice) const = 0;
};

}  // namespace lockstep
