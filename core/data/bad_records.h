#pragma once

// What becomes of records that cannot be read: the policy of the config, its limit, and the list
// for the log.

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "configs/data.pb.h"

namespace lockstep {

struct BadRecordOptions {
  DataConfig::BadRecordPolicy policy = DataConfig::FAIL;
  /// Distinct records; one more is an error whatever the policy.
  std::int64_t limit = 100;
};

/// Thread-safe.
class BadRecords {
 public:
  explicit BadRecords(const BadRecordOptions& options) : options_(options) {}

  /// Notes that `record` is bad for the reason `why`. Returns where the policy is to skip it;
  /// throws DataError with the reason where the policy is FAIL or the limit is passed. The same
  /// record may come again every epoch; it counts once.
  void Add(std::int64_t record, const std::string& why);
  /// The reasons noted since the last call, for the log.
  std::vector<std::string> TakeReasons();

 private:
  BadRecordOptions options_;
  std::mutex mutex_;
  std::set<std::int64_t> records_;
  std::vector<std::string> reasons_;
};

}  // namespace lockstep
