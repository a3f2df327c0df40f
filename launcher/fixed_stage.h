#pragma once

// Input that is made once: for benchmarks of the step without its data pipeline.

#include "core/data/stage_source.h"

namespace lockstep {

/// Hands out one stage for ever.
class FixedStage : public StageSource {
 public:
  /// `stage` outlives this.
  explicit FixedStage(const Stage& stage) : stage_(stage) {}
  const Stage& Next() override { return stage_; }

 private:
  const Stage& stage_;
};

}  // namespace lockstep
