#pragma once

// The IDX format of the MNIST family (Y. LeCun, C. Cortes: "The MNIST database of handwritten
// digits"), unsigned bytes:
//
//   file    = magic extent{rank} byte{product of the extents}
//   magic   = 00 00 08 rank          08: unsigned bytes
//   extent  = four bytes, most significant first

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lockstep {

/// An array of unsigned bytes.
struct IdxArray {
  std::vector<std::int64_t> extents;  ///< each in [1, 2^32)
  std::vector<std::uint8_t> values;   ///< row-major, as many as the product of the extents
};

/// Reads a plain or gzipped file whose array has `rank` extents. Throws DataError with path,
/// expected and got for a wrong magic number, an extent of 0, a promise that the file cannot keep,
/// a cut or damaged file, bytes behind the end; InputMissing and IoError as OpenByteSource. Makes
/// no more memory than 1,032 times the file.
IdxArray ReadIdxFile(const std::filesystem::path& path, int rank);

/// Writes a plain file under a temporary name and renames it, so that `path` is never a part of a
/// file. Throws IoError.
void WriteIdxFile(const std::filesystem::path& path, const IdxArray& array);

}  // namespace lockstep
