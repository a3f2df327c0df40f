#pragma once

// What a rank shows of itself to whoever watches it: the answer to "where is rank 3, and since
// when?".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// What a rank's main thread is at.
enum class RankPhase : std::uint32_t {
  kAbsent,      ///< has not shown itself yet
  kStarting,    ///< joins its peers
  kLoading,     ///< opens the data set, makes the model, reads weights
  kStepping,    ///< computes a step
  kExchanging,  ///< in a step, while an exchange with its peers goes on
  kEvaluating,
  kSaving,
  kDone,
};

/// "starting", "exchanging".
std::string NameOf(RankPhase phase);

/// A rank as it was at one moment.
struct RankSign {
  int rank = 0;
  RankPhase phase = RankPhase::kAbsent;
  std::int64_t step = 0;             ///< steps completed
  std::uint64_t collective = 0;      ///< number of the last exchange of gradients that it began
  std::chrono::nanoseconds time{0};  ///< of its last progress, on CLOCK_MONOTONIC of its host
  int pid = 0;                       ///< 0: absent
  std::string host;
  std::optional<int> exit_code;  ///< once it knows how it ends
};

/// Now, on the clock of RankSign::time.
std::chrono::nanoseconds MonotonicTime();

/// "rank 1 (node7, process 4711): exchanging, step 12, collective 36, last progress 5.2 s ago".
std::string TextOf(const RankSign& sign);

}  // namespace lockstep
