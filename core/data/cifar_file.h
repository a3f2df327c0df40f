#pragma once

// The binary version of CIFAR-10 and CIFAR-100 (A. Krizhevsky: "Learning multiple layers of features
// from tiny images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html), one byte a value:
//
//   file    = record{one or more}
//   record  = label red green blue          CIFAR-10: 3,073 bytes
//           | coarse label red green blue   CIFAR-100: 3,074 bytes; label is the fine one
//   red     = byte{1024}                    32 rows of 32 pixels, from the top left; so green, blue

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/data/dataset.h"
#include "core/files/byte_source.h"

namespace lockstep {

enum class CifarVersion { kCifar10, kCifar100 };

/// What every record holds.
constexpr ImageShape kCifarImages{32, 32, 3};

/// Reads the records of a plain or gzipped file in their order. Not thread-safe.
class CifarFile {
 public:
  /// Throws InputMissing and IoError as OpenByteSource does.
  CifarFile(const std::filesystem::path& path, CifarVersion version);

  /// Writes the next record's image to `pixels`, [32, 32, 3], and returns its label, from 0 to 255;
  /// nothing behind the last record. Throws DataError naming the record where the file has none, is
  /// no whole number of records, or is damaged, IoError.
  std::optional<int> Next(std::span<std::uint8_t> pixels);

 private:
  std::filesystem::path path_;
  CifarVersion version_;
  std::unique_ptr<ByteSource> source_;
  std::vector<std::uint8_t> record_;
  std::int64_t records_ = 0;  ///< read so far
};

}  // namespace lockstep
