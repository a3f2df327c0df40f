#include "core/metrics/train_log.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/system_call_error.h"

namespace lockstep {
namespace {

bool IsUpTo(std::string_view line, std::int64_t last_step) {
  const nlohmann::json json = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
  if (!json.is_object()) return false;
  const auto step = json.find("step");
  return step != json.end() && step->is_number_integer() && step->get<std::int64_t>() <= last_step;
}

std::string LinesUpTo(std::string_view text, std::int64_t last_step) {
  std::string kept;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    if (IsUpTo(text.substr(0, end), last_step)) kept += text.substr(0, end + 1);
    text.remove_prefix(end + 1);
  }
  return kept;
}

PosixFile OpenCut(const std::filesystem::path& path, std::int64_t last_step) {
  if (IsPlainFile(path)) {
    ReplaceFile(path, LinesUpTo(ReadText(path), last_step), Durability::kSurvivesProcess);
  }
  return PosixFile(path, PosixFile::Mode::kAppend);
}

}  // namespace

std::string ToJson(const TrainLogLine& line) {
  const nlohmann::ordered_json json = {{"step", line.step},
                                       {"samples", line.samples},
                                       {"epoch", line.epoch},
                                       {"loss", line.loss},
                                       {"learning_rate", line.learning_rate},
                                       {"images_per_second", line.images_per_second},
                                       {"data_wait_ms", line.data_wait_ms},
                                       {"comm_wait_ms", line.comm_wait_ms}};
  return json.dump() + "\n";
}

TrainLog::TrainLog(const std::filesystem::path& path, std::int64_t resumed_step)
    : file_(OpenCut(path, resumed_step)) {}

void TrainLog::Write(const TrainLogLine& line) {
  const std::uint64_t whole = file_.Size();
  try {
    file_.Append(ToJson(line));
  } catch (const SystemCallError&) {
    file_.Resize(whole);
    throw;
  }
}

}  // namespace lockstep
