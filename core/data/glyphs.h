#pragma once

// A generated data set of the MNIST kind: real work for a network, made in seconds where no data
// can be downloaded.

#include <cstdint>
#include <filesystem>

namespace lockstep {

inline constexpr std::int64_t kGlyphsTrain = 20000;
inline constexpr std::int64_t kGlyphsTest = 4000;

/// Writes 28 x 28 grey pictures of ten signs as four IDX files under MNIST's names to `folder`,
/// which is made where it is missing; files there are replaced. The same bytes on every machine.
/// Throws IoError.
void WriteGlyphs(const std::filesystem::path& folder);

}  // namespace lockstep
