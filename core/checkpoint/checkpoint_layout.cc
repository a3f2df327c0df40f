#include "core/checkpoint/checkpoint_layout.h"

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::string_view kRunningMean = ".running_mean";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool IsSaved(ParameterKind kind) { return kind != ParameterKind::kControl; }

bool IsTrained(ParameterKind kind) {
  return kind == ParameterKind::kWeight || kind == ParameterKind::kSmallWeight;
}

std::string MomentNameOf(const ParameterPlace& place, std::string_view moment) {
  return fmt::format("{}.{}", place.name, moment);
}

std::vector<std::string> BatchCounterNames(const Plan& plan) {
  std::vector<std::string> names;
  for (const ParameterPlace& place : plan.parameters) {
    if (place.kind != ParameterKind::kStatistic || !EndsWith(place.name, kRunningMean)) continue;
    const std::string node = place.name.substr(0, place.name.size() - kRunningMean.size());
    names.push_back(node + std::string(kBatchCounterSuffix));
  }
  return names;
}

SafetensorsLayout ModelLayoutOf(const Plan& plan) {
  std::vector<SafetensorsSpec> specs;
  for (const std::string& name : BatchCounterNames(plan)) {
    specs.push_back({name, DataType::kI64, Shape()});
  }
  for (const ParameterPlace& place : plan.parameters) {
    if (!IsSaved(place.kind)) continue;
    specs.push_back({place.name, DataType::kF32, place.layout.file_shape});
  }
  return SafetensorsLayout(specs);
}

SafetensorsLayout OptimizerLayoutOf(const Plan& plan, std::span<const std::string> moments) {
  std::vector<SafetensorsSpec> specs;
  for (const std::string& moment : moments) {
    for (const ParameterPlace& place : plan.parameters) {
      if (!IsTrained(place.kind)) continue;
      specs.push_back({MomentNameOf(place, moment), DataType::kF32, place.layout.file_shape});
    }
  }
  return SafetensorsLayout(specs);
}

}  // namespace lockstep
