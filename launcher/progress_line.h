#pragma once

// What a person sees of a run while it goes on: one line that rewrites itself on a terminal, a
// plain line each log step elsewhere.

#include <cstdint>
#include <string>

#include "launcher/console.h"
#include "launcher/run_length.h"

namespace lockstep {

/// Where a run stands.
struct Progress {
  std::int64_t step = 0;  ///< steps completed
  std::int64_t samples = 0;
  double epoch = 0;
  double loss = 0;
  double learning_rate = 0;
  double images_per_second = 0;
  double data_wait_ms = 0;  ///< a step, mean since the last log step
  double comm_wait_ms = 0;  ///< likewise
};

/// Not thread-safe.
class ProgressLine {
 public:
  ProgressLine(Console& console, const RunLength& length);

  /// Shows the state after a log step.
  void Show(const Progress& progress);
  /// Ends the rewritten line, so that other text may follow.
  void Finish();

 private:
  std::string TimeLeft(const Progress& progress) const;

  Console& console_;
  RunLength length_;
};

}  // namespace lockstep
