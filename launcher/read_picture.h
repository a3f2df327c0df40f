#pragma once

// The pictures that people name on the command line, as a model takes them.

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lockstep {

/// The pixels of `name`, [H, W, C] of `shape`: a PGM or PPM file, or `FILE:17`, record 17 of an IDX
/// file of images. Grey becomes RGB by repetition, RGB grey by ITU-R 601 luma in Pillow's integers.
/// Throws InputMissing, IoError, DataError for what cannot be read (with how to convert a picture
/// of another format) or has another height or width than `shape`.
std::vector<std::uint8_t> ReadPicture(const std::string& name, const ImageShape& shape);

}  // namespace lockstep
