#pragma once

// The text of a MANIFEST; its grammar stands in core/checkpoint/manifest.h.

#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/manifest.h"

namespace lockstep {

/// `files` are sorted by name.
std::string ManifestText(const std::vector<ManifestFile>& files);
/// Throws DataError beginning with `where` at any text that ManifestText would not write.
std::vector<ManifestFile> ParseManifestText(std::string_view text, const std::string& where);
/// Throws DataError beginning with `where` at a name that the format does not have.
void CheckManifestName(std::string_view name, const std::string& where);

}  // namespace lockstep
