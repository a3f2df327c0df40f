#pragma once

// A config for a built-in network by itself, where a person names no file: plan, bench step,
// predict.

#include <string>

#include "configs/config.pb.h"
#include "core/graph/graph.h"

namespace lockstep {

/// SGD on `preset` with its customary batch, 1 shard. Throws ConfigError listing the presets there
/// are.
Config PresetConfig(const std::string& preset);

/// The images that `preset` is made for. Throws ConfigError likewise.
ImageShape PresetImages(const std::string& preset);

}  // namespace lockstep
