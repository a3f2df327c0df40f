#pragma once

// A config for a built-in network by itself, where a person names no file: plan, bench step,
// predict.

#include <cstdint>
#include <filesystem>
#include <string>

#include "configs/config.pb.h"
#include "core/graph/graph.h"
#include "launcher/console.h"

namespace lockstep {

/// SGD on `preset` with its customary batch and number of classes, 1 shard. Images are normalized
/// as the published weights of the preset want it. Throws ConfigError listing the presets there
/// are.
Config PresetConfig(const std::string& preset);

/// As PresetConfig, with as many classes as the last layer in the safetensors file `weights` has.
/// Throws InputMissing where that is not there, DataError where it is not a safetensors file.
Config PresetConfigOf(const std::string& preset, const std::filesystem::path& weights);

/// The images that `preset` is made for. Throws ConfigError likewise.
ImageShape PresetImages(const std::string& preset);

/// Pixels of the shorter side of a picture before the centre of PresetImages is cut from it, as for
/// torchvision's published weights; 0: pictures are taken whole. Throws ConfigError likewise.
std::int64_t PresetShorterSide(const std::string& preset);

/// The size of the images that `config` is about: as stored, else the data set's, else, with a
/// warning, where that is not there, what its preset is made for. Throws InputMissing where none of
/// them tells, ConfigError, DataError.
ImageShape ImagesOf(const Config& config, Console& console);

}  // namespace lockstep
