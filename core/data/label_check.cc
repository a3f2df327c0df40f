#include "core/data/label_check.h"

#include <fmt/format.h>

namespace lockstep {

bool LabelCheck::Accepts(int label, const std::filesystem::path& file, std::int64_t record) {
  const std::int64_t number = checked_++;
  if (label >= 0 && label < classes_) return true;
  bad_.Add(number, fmt::format("{}, record {}: expected a label below {}, the number of classes "
                               "(model.classes), got {}",
                               file.string(), record, classes_, label));
  return false;
}

}  // namespace lockstep
