#include "launcher/bad_record_report.h"

#include <fmt/format.h>

#include <sstream>

#include "core/errors.h"
#include "core/text_exchange.h"

namespace lockstep {
namespace {

/// In no message.
constexpr char kSeparator = '\0';

}  // namespace

std::vector<std::string> BadRecordReport::Gather(const std::vector<std::string>& own,
                                                 Communicator& communicator) {
  std::string joined;
  for (const std::string& reason : own) joined += reason + kSeparator;
  std::vector<std::string> fresh;
  for (const std::string& text : AllTexts(communicator, joined)) {
    std::istringstream reasons(text);
    for (std::string reason; std::getline(reasons, reason, kSeparator);) {
      if (reasons_.insert(reason).second) fresh.push_back(reason);
    }
  }
  return fresh;
}

void BadRecordReport::CheckLimit() const {
  if (std::ssize(reasons_) <= limit_) return;
  throw DataError(fmt::format(
      "expected at most {} bad records (data.bad_record_limit), got {} over all ranks, the ones "
      "named above; mend the data set, or raise the limit",
      limit_, reasons_.size()));
}

}  // namespace lockstep
