#pragma once

// Broken checkpoints are passed over, never in silence.

#include <span>

#include "core/checkpoint/checkpoint_store.h"
#include "launcher/console.h"

namespace lockstep {

/// A warning for each: its path and why it is not used.
void WarnOfSkipped(std::span<const SkippedCheckpoint> skipped, Console& console);

}  // namespace lockstep
