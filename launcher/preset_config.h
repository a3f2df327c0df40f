#pragma once

// A config for a built-in network by itself, where a person names no file: plan, bench step,
// predict.

#include <string>

#include "configs/config.pb.h"
#include "core/graph/graph.h"
#include "launcher/console.h"

namespace lockstep {

/// SGD on `preset` with its customary batch, 1 shard. Throws ConfigError listing the presets there
/// are.
Config PresetConfig(const std::string& preset);

/// The images that `preset` is made for. Throws ConfigError likewise.
ImageShape PresetImages(const std::string& preset);

/// The size of the images that `config` is about: as stored, else the data set's, else, with a
/// warning, where that is not there, what its preset is made for. Throws InputMissing where none of
/// them tells, ConfigError, DataError.
ImageShape ImagesOf(const Config& config, Console& console);

}  // namespace lockstep
