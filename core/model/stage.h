#pragma once

// One of the two fixed input buffers that the loader fills in turn.

#include <vector>

#include "core/graph/tensor.h"

namespace lockstep {

/// The input of one shard: views into a stage.
struct Shard {
  int position = 0;       ///< 0 .. shards-1 within the global batch
  Tensor images;          ///< [N, H, W, C] uint8
  Tensor labels;          ///< [N] int32
  Tensor sample_weights;  ///< [N] float32
  Tensor step_input;      ///< StepInput as bytes, host memory until copied
};

/// The shards of one rank for one step.
struct Stage {
  int index = 0;  ///< 0 or 1
  std::vector<Shard> shards;
};

}  // namespace lockstep
