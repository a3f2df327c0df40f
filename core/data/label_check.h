#pragma once

// The labels of a data set's files against the classes of the model: what a format that is read
// whole leaves out before step 0.

#include <cstdint>
#include <filesystem>

#include "core/data/bad_records.h"

namespace lockstep {

/// Not thread-safe.
class LabelCheck {
 public:
  LabelCheck(int classes, const BadRecordOptions& options) : classes_(classes), bad_(options) {}

  /// True where `label` is in [0, classes). False where it is not and its record is to be left out;
  /// throws DataError naming `file`, `record` (its number there) and the class count where the
  /// policy is FAIL or the limit is passed. Every call counts as a record of its own.
  bool Accepts(int label, const std::filesystem::path& file, std::int64_t record);
  /// Why records were not accepted, since the last call.
  std::vector<std::string> TakeReasons() { return bad_.TakeReasons(); }

 private:
  int classes_;
  BadRecords bad_;
  std::int64_t checked_ = 0;
};

}  // namespace lockstep
