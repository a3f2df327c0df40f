#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace lockstep {

/// Two buckets of a small network with a tensor of every kind: convolution and dense weights longer
/// than a block, a dense weight behind a flatten, biases, running statistics and control words.
Plan SmallPlan(int ranks);

/// [gradient_elements]: a value for each element that depends on its tensor, its place in it and
/// `version`; zeros between tensors.
std::vector<float> FilledBuffer(const Plan& plan, int version);

/// The packed slices of `rank`.
std::vector<float> PackedSlices(const Plan& plan, int rank, const std::vector<float>& all);

/// The bytes of all files of a folder, name by name.
std::vector<std::pair<std::string, std::string>> FilesIn(const std::filesystem::path& folder);

}  // namespace lockstep
