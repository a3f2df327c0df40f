#include "core/files/byte_source.h"

#include <array>

#include "core/files/file_source.h"
#include "core/files/gzip_source.h"

namespace lockstep {

std::unique_ptr<ByteSource> OpenByteSource(const std::filesystem::path& path) {
  std::array<std::uint8_t, 2> start = {};
  FileSource probe(path);
  const bool is_gzip = probe.Read(start) == 2 && start[0] == 0x1f && start[1] == 0x8b;
  if (is_gzip) return std::make_unique<GzipSource>(path);
  return std::make_unique<FileSource>(path);
}

std::vector<std::uint8_t> ReadFileBytes(const std::filesystem::path& path) {
  FileSource source(path);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(source.max_bytes()));
  bytes.resize(source.Read(bytes));
  return bytes;
}

}  // namespace lockstep
