#pragma once

// The memory of one stage: host memory of a back end, cut into the tensors of each shard.

#include <cstdint>

#include "core/device/backend.h"
#include "core/graph/graph.h"
#include "core/model/stage.h"
#include "core/plan/reduction_tree.h"

namespace lockstep {

/// What a stage holds.
struct StageShape {
  ShardRange shards;
  std::int64_t shard_size = 0;  ///< samples
  ImageShape images;
};

/// Move-only; the views of stage() stay valid.
class StageBuffer {
 public:
  /// Throws as Backend::AllocateHost. A shard's tensors follow each other, each at a multiple of 64
  /// bytes.
  StageBuffer(Backend& backend, const StageShape& shape, int index);

  const Stage& stage() const { return stage_; }

 private:
  Buffer buffer_;
  Stage stage_;
};

}  // namespace lockstep
