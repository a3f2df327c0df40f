#pragma once

// The way from a recipe on disk, and what the command line changes in it, to a Config.

#include <filesystem>
#include <span>
#include <string>

#include "configs/config.pb.h"

namespace lockstep {

/// A larger file is refused before it is read.
inline constexpr std::size_t kLargestConfigBytes = std::size_t{1} << 20;

/// Reads a file in Protobuf text format and applies `overrides` in order
/// (core/config/apply_override.h). Values are typed but not judged: ValidateConfig does that.
/// Throws InputMissing where there is no such file, ConfigError as `path:line:column: ...` for one
/// that is not a Config, IoError where it cannot be read. Thread-safe.
Config LoadConfig(const std::filesystem::path& path, std::span<const std::string> overrides);

}  // namespace lockstep
