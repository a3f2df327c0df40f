#include "core/checkpoint/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/manifest_text.h"
#include "core/checkpoint/posix_file.h"
#include "core/digest/crc32c.h"
#include "core/digest/sha256.h"
#include "core/errors.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

using ChunkReader = std::function<void(std::size_t index, std::span<const std::byte> chunk)>;

/// Reads `size` bytes chunk by chunk.
void ForEachChunk(const PosixFile& file, std::uint64_t size, const ChunkReader& read) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(size, Manifest::kChunkBytes));
  for (std::uint64_t offset = 0; offset < size; offset += Manifest::kChunkBytes) {
    const auto bytes = std::min<std::uint64_t>(size - offset, Manifest::kChunkBytes);
    const std::span<std::byte> chunk = std::span(buffer).first(bytes);
    file.ReadAt(chunk, offset);
    read(offset / Manifest::kChunkBytes, chunk);
  }
}

/// Names of all files but MANIFEST, sorted.
std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : ListFolder(folder)) {
    if (!IsPlainFile(path)) {
      throw DataError(fmt::format("{} is not a plain file; remove it", path.string()));
    }
    const std::string name = path.filename().string();
    if (name != Manifest::kFileName) names.push_back(name);
  }
  return names;
}

void CheckChunk(const ManifestChunk& expected, std::span<const std::byte> chunk,
                const std::string& place) {
  const std::uint32_t crc32c = Crc32c(chunk);
  if (crc32c != expected.crc32c) {
    throw DataError(fmt::format("{} is damaged: expected CRC-32C {:08x}, got {:08x}", place,
                                expected.crc32c, crc32c));
  }
}

void CheckSize(const ManifestFile& expected, const PosixFile& file) {
  const std::uint64_t size = file.Size();
  if (size != expected.size) {
    throw DataError(fmt::format("{} has another size: expected {} bytes, got {}",
                                file.path().string(), expected.size, size));
  }
}

void VerifyFile(const ManifestFile& expected, const fs::path& folder, Manifest::Level level) {
  const PosixFile file(folder / expected.name, PosixFile::Mode::kRead);
  CheckSize(expected, file);
  ForEachChunk(file, expected.size, [&](std::size_t index, std::span<const std::byte> chunk) {
    const std::string place = fmt::format("{}, chunk {}", file.path().string(), index);
    CheckChunk(expected.chunks[index], chunk, place);
    if (level == Manifest::Level::kSha256 && Sha256Hex(chunk) != expected.chunks[index].sha256) {
      throw DataError(fmt::format("{} was changed: its SHA-256 differs", place));
    }
  });
}

ManifestFile DigestFile(const fs::path& path) {
  const PosixFile file(path, PosixFile::Mode::kRead);
  ManifestFile entry{path.filename().string(), file.Size(), {}};
  ForEachChunk(file, entry.size, [&](std::size_t, std::span<const std::byte> chunk) {
    entry.chunks.push_back({Crc32c(chunk), Sha256Hex(chunk)});
  });
  return entry;
}

}  // namespace

Manifest Manifest::OfFolder(const fs::path& folder) {
  Manifest manifest;
  for (const std::string& name : NamesIn(folder)) {
    CheckManifestName(name, folder.string());
    manifest.files_.push_back(DigestFile(folder / name));
  }
  return manifest;
}

Manifest Manifest::Parse(std::string_view text, const std::string& where) {
  Manifest manifest;
  manifest.files_ = ParseManifestText(text, where);
  return manifest;
}

Manifest Manifest::Read(const fs::path& folder) {
  const fs::path path = folder / kFileName;
  if (!IsPlainFile(path)) {
    throw DataError(
        fmt::format("{} has no MANIFEST: it is not a whole checkpoint", folder.string()));
  }
  return Parse(ReadText(path), path.string());
}

std::string Manifest::ToText() const { return ManifestText(files_); }

void Manifest::Verify(const fs::path& folder, Level level) const {
  std::vector<std::string> expected;
  for (const ManifestFile& file : files_) expected.push_back(file.name);
  const std::vector<std::string> present = NamesIn(folder);
  if (present != expected) {
    const auto [a, b] =
        std::mismatch(expected.begin(), expected.end(), present.begin(), present.end());
    const bool missing = b == present.end() || (a != expected.end() && *a < *b);
    throw DataError(fmt::format("{} {}", (folder / (missing ? *a : *b)).string(),
                                missing ? "is missing" : "is not in the manifest"));
  }
  for (const ManifestFile& file : files_) VerifyFile(file, folder, level);
}

std::vector<std::byte> Manifest::ReadFile(const fs::path& folder, std::string_view name) const {
  const auto entry = std::find_if(files_.begin(), files_.end(),
                                  [&](const ManifestFile& file) { return file.name == name; });
  if (entry == files_.end()) {
    throw DataError(fmt::format("{} has no file {}", folder.string(), name));
  }
  const PosixFile file(folder / entry->name, PosixFile::Mode::kRead);
  CheckSize(*entry, file);
  std::vector<std::byte> bytes;
  bytes.reserve(entry->size);
  ForEachChunk(file, entry->size, [&](std::size_t index, std::span<const std::byte> chunk) {
    CheckChunk(entry->chunks[index], chunk,
               fmt::format("{}, chunk {}", file.path().string(), index));
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
  });
  return bytes;
}

}  // namespace lockstep
