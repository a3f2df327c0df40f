#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/file_system.h"
#include "core/plan/plan.h"
#include "core/plan/slices.h"

namespace lockstep {

inline std::int64_t RoundedUp(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

inline ParameterPlace Parameter(const std::string& name, ParameterKind kind, const Shape& shape) {
  ParameterPlace place;
  place.name = name;
  place.kind = kind;
  place.shape = shape;
  place.elements = shape.elements();
  place.layout = {Shape(), shape};
  if (shape.rank() == 4) {
    place.layout = {shape, Shape{shape[0], shape[3], shape[1], shape[2]}};
  }
  return place;
}

/// Appends a region that holds `parameters`, each at the start of a block.
inline Region LayRegion(Plan& plan, std::vector<ParameterPlace> parameters) {
  Region region;
  region.offset = plan.gradient_elements;
  for (ParameterPlace& place : parameters) {
    place.offset = region.offset + region.elements;
    region.elements += RoundedUp(place.elements, kBlock);
    plan.parameters.push_back(place);
  }
  region.elements = RoundedUp(region.elements, kBlock * plan.ranks);
  plan.gradient_elements += region.elements;
  return region;
}

/// Two buckets of a small network with a tensor of every kind: convolution and dense weights longer
/// than a block, a dense weight behind a flatten, biases, running statistics and control words.
inline Plan SmallPlan(int ranks) {
  using Kind = ParameterKind;
  Plan plan;
  plan.ranks = ranks;
  ParameterPlace flattened = Parameter("fc.weight", Kind::kWeight, Shape{10, 2 * 3 * 5});
  flattened.layout.view = Shape{10, 2, 3, 5};
  Bucket last;
  last.working = LayRegion(plan, {flattened});
  last.small = LayRegion(plan, {Parameter("fc.bias", Kind::kSmallWeight, Shape{10}),
                                Parameter("loss.control", Kind::kControl, Shape{8})});
  Bucket first;
  first.working = LayRegion(plan, {Parameter("conv.weight", Kind::kWeight, Shape{16, 5, 5, 7}),
                                   Parameter("wide.weight", Kind::kWeight, Shape{33, 100})});
  first.small = LayRegion(plan, {Parameter("bn.weight", Kind::kSmallWeight, Shape{16}),
                                 Parameter("bn.running_mean", Kind::kStatistic, Shape{16}),
                                 Parameter("bn.running_var", Kind::kStatistic, Shape{16})});
  plan.buckets = {last, first};
  std::sort(plan.parameters.begin(), plan.parameters.end(),
            [](const ParameterPlace& a, const ParameterPlace& b) { return a.name < b.name; });
  return plan;
}

/// [gradient_elements]: a value for each element that depends on its tensor, its place in it and
/// `version`; zeros between tensors.
inline std::vector<float> FilledBuffer(const Plan& plan, int version) {
  std::vector<float> all(static_cast<std::size_t>(plan.gradient_elements));
  for (std::size_t p = 0; p < plan.parameters.size(); ++p) {
    const ParameterPlace& place = plan.parameters[p];
    for (std::int64_t i = 0; i < place.elements; ++i) {
      all[static_cast<std::size_t>(place.offset + i)] = static_cast<float>(100'000 * version) +
                                                        static_cast<float>(5'000 * p) +
                                                        static_cast<float>(i);
    }
  }
  return all;
}

/// The packed slices of `rank`.
inline std::vector<float> PackedSlices(const Plan& plan, int rank, const std::vector<float>& all) {
  std::vector<float> packed;
  for (const SlicePiece& piece : SlicesOf(plan, rank)) {
    packed.insert(packed.end(), all.begin() + piece.offset,
                  all.begin() + piece.offset + piece.elements);
  }
  return packed;
}

/// The bytes of all files of a folder, name by name.
inline std::vector<std::pair<std::string, std::string>> FilesIn(
    const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::filesystem::path& path : ListFolder(folder)) {
    files.emplace_back(path.filename().string(), ReadText(path));
  }
  return files;
}

}  // namespace lockstep
