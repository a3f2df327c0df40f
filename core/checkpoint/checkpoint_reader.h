#pragma once

// Loads what a checkpoint holds into the layout of a plan, whatever number of ranks wrote it and
// whatever number reads it. Each rank reads for itself and takes its slices.

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/run_state.h"
#include "core/plan/plan.h"

namespace lockstep {

// All of these check CRC-32C of what they read, and throw DataError where a byte differs, a tensor
// is missing, one is there that the model does not have, or a type or shape is another (naming
// tensor, expected and got). Results have Plan::gradient_elements elements: each parameter at its
// offset, in the order of elements inside, zeros between. Thread-safe.

/// Master weights and running statistics of the checkpoint in `folder`. Control words are zero.
std::vector<float> LoadWeights(const Plan& plan, const std::filesystem::path& folder);

/// The moment `name` ("momentum") of the trained parameters; zeros elsewhere.
std::vector<float> LoadMoment(const Plan& plan, const std::filesystem::path& folder,
                              const std::string& name);

/// state.json.
RunState LoadState(const std::filesystem::path& folder);

/// A model file by itself, ours or torchvision's: as LoadWeights, without checksums. Throws
/// InputMissing where it is not there.
std::vector<float> LoadWeightsFile(const Plan& plan, const std::filesystem::path& file);

}  // namespace lockstep
