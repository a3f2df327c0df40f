#pragma once

// The records that a run has skipped, over all its ranks: each is told once, and
// data.bad_record_limit holds for all ranks together. A rank's own loader sees only what that rank
// reads.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/communicator.h"

namespace lockstep {

/// Not thread-safe. Knows a record by its reason, which names it: the same on every rank that meets
/// it.
class BadRecordReport {
 public:
  explicit BadRecordReport(std::int64_t limit) : limit_(limit) {}

  /// Takes what the loaders of all ranks have met since the last call; returns what no rank had met
  /// before, in order, the same on every rank. Collective.
  std::vector<std::string> Gather(const std::vector<std::string>& own, Communicator& communicator);
  /// Throws DataError on every rank alike where more records were met than the limit.
  void CheckLimit() const;

 private:
  std::int64_t limit_;
  std::set<std::string> reasons_;
};

}  // namespace lockstep
