#pragma once

// The pulse of this rank: written where it makes progress, read by its own watchdog and, under
// `lockstep launch`, by the supervisor of its host.

#include <cstdint>

#include "launcher/exit_code.h"
#include "launcher/heartbeat_page.h"

namespace lockstep {

/// Every call but the constructor and RecordEnd is a few relaxed atomic writes: no lock, no system
/// call (the clock is read without one), no allocation. Thread-safe.
class Heartbeat {
 public:
  /// Shows this process as `rank` in the page, in phase kStarting. The page outlives this. From
  /// then on a supervisor may send this process the signals of RunRequests.
  Heartbeat(HeartbeatPage& page, int rank);

  int rank() const { return rank_; }

  /// Progress was made.
  void Beat();
  /// The main thread begins something else.
  void Enter(RankPhase phase);
  /// `step` steps are completed.
  void StepIsDone(std::int64_t step);
  /// An exchange of gradients, on the communication thread.
  void ExchangeBegins();
  void ExchangeEnds();

  /// How this process is going to end; the first call counts. Launchers may report another code
  /// than ours, a supervisor reads it here.
  void RecordEnd(ExitCode code);

  RankSign Sign() const { return page_.Sign(rank_); }

 private:
  HeartbeatPage& page_;
  HeartbeatSlot& slot_;
  int rank_;
};

}  // namespace lockstep
