#pragma once

// Where a trainer's input comes from, step by step.

#include "core/model/stage.h"

namespace lockstep {

/// Not thread-safe.
class StageSource {
 public:
  virtual ~StageSource() = default;
  /// The stage of the next step; it stays as it is until the next call.
  virtual const Stage& Next() = 0;
};

}  // namespace lockstep
