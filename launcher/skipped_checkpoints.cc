#include "launcher/skipped_checkpoints.h"

#include <fmt/format.h>

namespace lockstep {

void WarnOfSkipped(std::span<const SkippedCheckpoint> skipped, Console& console) {
  for (const SkippedCheckpoint& checkpoint : skipped) {
    console.Warning(fmt::format("{} is skipped: {}", checkpoint.path.string(), checkpoint.why));
  }
}

}  // namespace lockstep
