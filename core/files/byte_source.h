#pragma once

// The bytes of a file in order, whatever the file is packed with. Readers of formats see nothing
// else.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace lockstep {

/// Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills `out` and returns its size, or fewer bytes where the end comes first. Throws IoError
  /// where the system fails, DataError where a packed stream is damaged or cut.
  virtual std::size_t Read(std::span<std::uint8_t> out) = 0;
  /// No source of this size can hold more: a bound to check promises of headers against before
  /// memory is made.
  virtual std::uint64_t max_bytes() const = 0;
};

/// Opens a file as it is, or through gzip where it begins with gzip's magic number. Throws
/// InputMissing where there is no such file, SystemCallError where it cannot be opened.
std::unique_ptr<ByteSource> OpenByteSource(const std::filesystem::path& path);

/// All bytes of a file as they are. Throws as OpenByteSource does.
std::vector<std::uint8_t> ReadFileBytes(const std::filesystem::path& path);

}  // namespace lockstep
