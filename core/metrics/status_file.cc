#include "core/metrics/status_file.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/process_identity.h"

namespace lockstep {
namespace {

/// RFC 3339, UTC, whole seconds.
std::string TimeNow() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[32] = {};
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

nlohmann::ordered_json NumberOrNull(const std::optional<double>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

}  // namespace

StatusFile::StatusFile(std::filesystem::path path) : path_(std::move(path)) {}

void StatusFile::Write(const RunStatus& status) const {
  const ProcessIdentity self = ThisProcess();
  const nlohmann::ordered_json json = {{"state", status.state},
                                       {"step", status.step},
                                       {"samples", status.samples},
                                       {"epoch", status.epoch},
                                       {"loss", NumberOrNull(status.loss)},
                                       {"accuracy", NumberOrNull(status.accuracy)},
                                       {"updated", TimeNow()},
                                       {"pid", self.pid},
                                       {"host", self.host}};
  ReplaceFile(path_, json.dump(2) + "\n", Durability::kSurvivesProcess);
}

}  // namespace lockstep
