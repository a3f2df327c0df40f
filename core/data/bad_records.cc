#include "core/data/bad_records.h"

#include <fmt/format.h>

#include <utility>

#include "core/errors.h"

namespace lockstep {

void BadRecords::Add(std::int64_t record, const std::string& why) {
  if (options_.policy == DataConfig::FAIL) throw DataError(why);
  const std::lock_guard lock(mutex_);
  if (!records_.insert(record).second) return;
  if (static_cast<std::int64_t>(records_.size()) > options_.limit) {
    throw DataError(fmt::format("{}; more than {} records are bad (data.bad_record_limit)", why,
                                options_.limit));
  }
  reasons_.push_back(why);
}

std::vector<std::string> BadRecords::TakeReasons() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reasons_, {});
}

}  // namespace lockstep
