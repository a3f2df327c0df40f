#include "launcher/step_choice.h"

#include <charconv>
#include <cstdint>

namespace lockstep {
namespace {

std::optional<std::int64_t> ParseStep(std::string_view text) {
  constexpr std::string_view kPrefix = "step-";
  if (text.substr(0, kPrefix.size()) == kPrefix) text.remove_prefix(kPrefix.size());
  const char* const last = text.data() + text.size();
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(text.data(), last, step);
  if (error != std::errc() || end != last || step < 0) return std::nullopt;
  return step;
}

}  // namespace

std::optional<ResumeChoice> ParseResumeChoice(std::string_view text) {
  using Kind = ResumeChoice::Kind;
  if (text == "none") return ResumeChoice{Kind::kNone, 0};
  if (text == "auto") return ResumeChoice{Kind::kAuto, 0};
  const auto step = ParseStep(text);
  if (!step) return std::nullopt;
  return ResumeChoice{Kind::kStep, *step};
}

std::optional<CheckpointChoice> ParseCheckpointChoice(std::string_view text) {
  using Kind = CheckpointChoice::Kind;
  if (text == "latest") return CheckpointChoice{Kind::kLatest, 0};
  if (text == "best") return CheckpointChoice{Kind::kBest, 0};
  const auto step = ParseStep(text);
  if (!step) return std::nullopt;
  return CheckpointChoice{Kind::kStep, *step};
}

}  // namespace lockstep
