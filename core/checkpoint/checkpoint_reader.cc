#include "core/checkpoint/checkpoint_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/safetensors_file.h"
#include "core/checkpoint/tensor_permutation.h"
#include "core/errors.h"

namespace lockstep {
namespace {

SafetensorsFile ReadChecked(const std::filesystem::path& folder, std::string_view name) {
  return SafetensorsFile(Manifest::Read(folder).ReadFile(folder, name), (folder / name).string());
}

void Place(const ParameterPlace& place, const std::vector<float>& file, std::vector<float>& all) {
  const std::vector<float> inside = FromFileOrder(place.layout, file);
  std::copy(inside.begin(), inside.end(), all.begin() + place.offset);
}

bool IsBatchCounter(std::string_view name) {
  return name.size() >= kBatchCounterSuffix.size() &&
         name.substr(name.size() - kBatchCounterSuffix.size()) == kBatchCounterSuffix;
}

/// Throws where the names in the file are not those of `expected`, batch counters aside.
void CheckNames(const SafetensorsFile& file, const std::set<std::string>& expected,
                const std::string& where) {
  std::vector<std::string> missing;
  for (const std::string& name : expected) {
    if (file.Find(name) == nullptr) missing.push_back(name);
  }
  std::vector<std::string> unknown;
  for (const SafetensorsTensor& tensor : file.tensors()) {
    if (expected.count(tensor.name) != 0 || IsBatchCounter(tensor.name)) continue;
    unknown.push_back(fmt::format("{} {}", tensor.name, ToText(tensor.shape)));
  }
  if (missing.empty() && unknown.empty()) return;
  throw DataError(
      fmt::format("{} is not of this model: it lacks [{}] and holds [{}], which the "
                  "model does not have; check model and path",
                  where, fmt::join(missing, ", "), fmt::join(unknown, ", ")));
}

/// Several moments stand in one file, so an unknown name is one whose parameter the model does not
/// have.
void RefuseMomentsOfOthers(const Plan& plan, const SafetensorsFile& file,
                           const std::string& where) {
  std::set<std::string> parameters;
  for (const ParameterPlace& place : plan.parameters) {
    if (IsTrained(place.kind)) parameters.insert(place.name);
  }
  std::set<std::string> known;
  for (const SafetensorsTensor& tensor : file.tensors()) {
    const std::string parameter = tensor.name.substr(0, tensor.name.rfind('.'));
    if (parameters.count(parameter) != 0) known.insert(tensor.name);
  }
  CheckNames(file, known, where);
}

std::vector<float> WeightsFrom(const Plan& plan, const SafetensorsFile& file,
                               const std::string& where) {
  std::set<std::string> known;
  for (const ParameterPlace& place : plan.parameters) {
    if (IsSaved(place.kind)) known.insert(place.name);
  }
  CheckNames(file, known, where);
  std::vector<float> all(static_cast<std::size_t>(plan.gradient_elements));
  for (const ParameterPlace& place : plan.parameters) {
    if (!IsSaved(place.kind)) continue;
    Place(place, file.Floats(place.name, place.layout.file_shape), all);
  }
  return all;
}

}  // namespace

std::vector<float> LoadWeights(const Plan& plan, const std::filesystem::path& folder) {
  return WeightsFrom(plan, ReadChecked(folder, kModelFile), (folder / kModelFile).string());
}

std::vector<float> LoadMoment(const Plan& plan, const std::filesystem::path& folder,
                              const std::string& name) {
  const SafetensorsFile file = ReadChecked(folder, kOptimizerFile);
  RefuseMomentsOfOthers(plan, file, (folder / kOptimizerFile).string());
  std::vector<float> all(static_cast<std::size_t>(plan.gradient_elements));
  for (const ParameterPlace& place : plan.parameters) {
    if (!IsTrained(place.kind)) continue;
    Place(place, file.Floats(MomentNameOf(place, name), place.layout.file_shape), all);
  }
  return all;
}

RunState LoadState(const std::filesystem::path& folder) {
  const std::vector<std::byte> bytes = Manifest::Read(folder).ReadFile(folder, RunState::kFileName);
  return ParseRunState({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                       (folder / RunState::kFileName).string());
}

std::vector<float> LoadWeightsFile(const Plan& plan, const std::filesystem::path& file) {
  return WeightsFrom(plan, SafetensorsFile::Read(file), file.string());
}

}  // namespace lockstep
