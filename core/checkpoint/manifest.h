#pragma once

// What the files of a folder hold, byte for byte: the seal of a checkpoint. A folder that differs
// from its manifest in one byte or one file is not used.
//
// The format of MANIFEST, ASCII text with one spelling for each content:
//   manifest = "lockstep manifest 1" LF { file } seal
//   file     = "file" SP name SP size LF { chunk }     sorted by name, no name twice
//   name     = letters, digits, "_", "-", "."; does not begin with "."; is not MANIFEST
//   size     = bytes, decimal without leading zeros
//   chunk    = "chunk" SP crc32c SP sha256 LF          one for each 4 MiB of the file; the last may
//                                                      be shorter
//   crc32c   = 8 lower-case hexadecimal digits         sha256 = 64 of them
//   seal     = "sha256" SP sha256 LF                   of all bytes before this line

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct ManifestChunk {
  std::uint32_t crc32c = 0;
  std::string sha256;

  friend bool operator==(const ManifestChunk&, const ManifestChunk&) = default;
};

struct ManifestFile {
  std::string name;
  std::uint64_t size = 0;
  std::vector<ManifestChunk> chunks;

  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

/// A value. Thread-safe.
class Manifest {
 public:
  static constexpr std::string_view kFileName = "MANIFEST";
  static constexpr std::size_t kChunkBytes = std::size_t{4} << 20;

  /// How much of a folder is checked. CRC-32C finds what disks and networks do, SHA-256 also what
  /// people do.
  enum class Level : std::uint8_t { kCrc, kSha256 };

  /// Digests all files of `folder` but MANIFEST. Throws DataError at anything that is not a plain
  /// file with a name of the format.
  static Manifest OfFolder(const std::filesystem::path& folder);
  /// Throws DataError beginning with `where` at any text that ToText would not write.
  static Manifest Parse(std::string_view text, const std::string& where);
  /// The manifest of `folder`. Throws DataError where it is missing or broken.
  static Manifest Read(const std::filesystem::path& folder);

  const std::vector<ManifestFile>& files() const { return files_; }
  std::string ToText() const;

  /// Throws DataError naming the file at any changed, missing or added byte or file.
  void Verify(const std::filesystem::path& folder, Level level) const;
  /// The bytes of one file, checked by CRC-32C. Throws DataError where they differ or the manifest
  /// has no such file.
  std::vector<std::byte> ReadFile(const std::filesystem::path& folder, std::string_view name) const;

  friend bool operator==(const Manifest&, const Manifest&) = default;

 private:
  std::vector<ManifestFile> files_;
};

}  // namespace lockstep
