#pragma once

// The supervisor's eye on the ranks of its host: which of them has died, and which hangs.

#include <chrono>
#include <cstdint>
#include <optional>

#include "launcher/heartbeat_page.h"

namespace lockstep {

/// What is wrong with a job that its launcher does not tell.
struct RankTrouble {
  enum class Kind : std::uint8_t {
    kDied,    ///< the process is gone and had not said how it would end
    kHangs,   ///< no progress for the time-out
    kFailed,  ///< the rank itself said so (HeartbeatPage::first_failure)
  };
  Kind kind = Kind::kDied;
  RankSign rank;                 ///< the one to blame
  std::optional<int> exit_code;  ///< with which a rank, not always that one, said it would end
};

/// Looks at a page from time to time. Not thread-safe. `page` outlives it.
class RankObserver {
 public:
  /// `hang_timeout` in seconds; 0: never.
  RankObserver(const HeartbeatPage& page, std::chrono::duration<double> hang_timeout)
      : page_(page), hang_timeout_(hang_timeout) {}

  /// Whether every rank has shown itself: signals may then be sent to them.
  bool AllPresent() const { return CountPresent() == page_.ranks(); }
  bool NonePresent() const { return CountPresent() == 0; }
  /// The first trouble, the same at each later call.
  std::optional<RankTrouble> Look();

 private:
  int CountPresent() const;
  bool AnyIdleFor(std::chrono::duration<double> time) const;
  void Suspect();
  std::optional<RankTrouble> FindDead() const;
  std::optional<RankTrouble> FindFailed() const;
  std::optional<RankTrouble> FindHanging() const;
  /// The rank that the others wait for.
  RankSign Laggard() const;

  const HeartbeatPage& page_;
  std::chrono::duration<double> hang_timeout_;
  std::optional<RankSign> suspect_;  ///< while some rank makes no progress
  std::optional<RankTrouble> trouble_;
};

}  // namespace lockstep
