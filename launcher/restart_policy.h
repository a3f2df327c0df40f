#pragma once

// Whether a job that has ended is started again, and on how many ranks.

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// How one start of a job ended.
struct JobEnd {
  int code = 0;                    ///< of launcher/exit_code.h, or 128 + n for signal n
  std::optional<int> failed_rank;  ///< that died, hung or failed first, where one is to blame
  std::int64_t step = -1;          ///< of the newest checkpoint afterwards; -1: none
};

struct RestartPolicyOptions {
  int ranks = 1;                     ///< of the first start
  std::int64_t step = -1;            ///< of the newest checkpoint before it
  std::optional<int> most_restarts;  ///< nothing: as many as make progress
};

/// What is to be done after an end.
struct RestartDecision {
  bool restart = false;
  int ranks = 1;    ///< of the next start
  std::string why;  ///< a clause for people; empty where nothing is to be said
};

/// Counts over the starts of one job. Progress is a newer checkpoint. A rank that fails twice
/// running without progress is taken not to come back, and the job goes on with one fewer.
class RestartPolicy {
 public:
  /// Restarts without progress after which a job is given up.
  static constexpr int kMostWithoutProgress = 3;

  explicit RestartPolicy(const RestartPolicyOptions& options);

  RestartDecision After(const JobEnd& end);
  int restarts() const { return restarts_; }

 private:
  void CountProgress(const JobEnd& end);

  RestartPolicyOptions options_;
  int ranks_;
  std::int64_t step_;
  int restarts_ = 0;
  int without_progress_ = 0;
  std::optional<int> last_failed_;  ///< since the last progress
};

/// Whether another start may meet with better luck: a signal, a hang, a lost peer or device, a
/// failed library call. What a config, a data set or a disk is to blame for, and a wish to stop,
/// comes to the same end again.
bool MayPassOnRestart(int code);

}  // namespace lockstep
