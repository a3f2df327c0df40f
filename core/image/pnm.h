#pragma once

// The binary PGM and PPM formats of Netpbm, 8 bit (specification:
// netpbm.sourceforge.net/doc/pgm.html, ppm.html):
//
//   file    = magic gap width gap height gap maximum space byte{height * width * channels}
//   magic   = "P5" (one channel) | "P6" (three)
//   gap     = (space | "#" ... end of line){1 or more}
//   width, height, maximum = decimal digits; maximum in [1, 255]

#include <filesystem>

#include "core/image/image.h"

namespace lockstep {

/// Reads one picture; samples are scaled to 255 where `maximum` is less. Throws DataError with
/// path, expected and got for another format, a cut file, a sample above the maximum or bytes
/// behind the picture; InputMissing, IoError.
Image ReadPnm(const std::filesystem::path& path);

}  // namespace lockstep
