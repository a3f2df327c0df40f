#pragma once

// `lockstep data make`: writes a data set that needs no download.

#include <cstdint>
#include <filesystem>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct DataMakeOptions {
  std::filesystem::path output;
  bool json = false;
};

/// Writes the signs of `configs/lenet_glyphs.textproto` as IDX files, over those of an earlier
/// call; the same bytes on every machine. Throws OutputError where the folder cannot be made or
/// holds another data set.
ExitCode RunDataMakeGlyphs(const DataMakeOptions& options, Console& console);

}  // namespace lockstep
