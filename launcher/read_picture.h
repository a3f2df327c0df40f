#pragma once

// The pictures that people name on the command line, as a model takes them.

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lockstep {

/// The pictures that a model takes.
struct PictureForm {
  ImageShape images;
  /// Above 0: pictures whose shorter side has this many pixels are taken as well, and what the
  /// model sees is cut from their centre.
  std::int64_t shorter_side = 0;
};

/// The pixels of `name`, [H, W, C] of `form.images`: a PGM or PPM file, or `FILE:17`, record 17 of
/// an IDX file of images. Grey becomes RGB by repetition, RGB grey by ITU-R 601 luma in Pillow's
/// integers; the offset of the centre is half of what is cut, rounded half to even, as
/// torchvision's CenterCrop has it. Throws InputMissing, IoError, DataError for what cannot be read
/// (with how to convert a picture of another format) or has another height or width.
std::vector<std::uint8_t> ReadPicture(const std::string& name, const PictureForm& form);

}  // namespace lockstep
