#pragma once

// The step input that ops and update rules find in their buffers.

#include <cstring>

#include "core/device/step_input.h"
#include "core/graph/tensor.h"

namespace lockstep {

/// A copy of the StepInput in `bytes`, which is host memory on this back end.
inline StepInput StepInputOf(const Tensor& bytes) {
  StepInput step;
  std::memcpy(&step, bytes.data(), sizeof(step));
  return step;
}

}  // namespace lockstep
