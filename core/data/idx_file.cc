#include "core/data/idx_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/errors.h"
#include "core/files/byte_source.h"
#include "core/unique_handle.h"

namespace lockstep {

namespace {

constexpr std::uint32_t kUnsignedBytes = 0x00000800;

std::uint32_t ReadWord(ByteSource& source, const std::filesystem::path& path) {
  std::array<std::uint8_t, 4> bytes = {};
  const std::size_t count = source.Read(bytes);
  if (count < bytes.size()) {
    throw DataError(
        fmt::format("{}: the header is cut: expected 4 more bytes, got {}", path.string(), count));
  }
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

void CheckMagic(ByteSource& source, const std::filesystem::path& path, int rank) {
  const std::uint32_t expected = kUnsignedBytes | static_cast<std::uint32_t>(rank);
  const std::uint32_t got = ReadWord(source, path);
  if (got != expected) {
    throw DataError(
        fmt::format("{}: not an IDX file of unsigned bytes with {} extents: expected magic number "
                    "{:#010x}, got {:#010x}",
                    path.string(), rank, expected, got));
  }
}

/// The product of the extents, checked against what the file can hold at most.
std::uint64_t PromisedBytes(const std::vector<std::int64_t>& extents, std::uint64_t max_bytes,
                            const std::filesystem::path& path) {
  std::uint64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent == 0 || product > max_bytes / static_cast<std::uint64_t>(extent)) {
      throw DataError(
          fmt::format("{}: expected extents above 0 with a product of at most {}, all that a file "
                      "of this size can hold; got {}",
                      path.string(), max_bytes, fmt::join(extents, " x ")));
    }
    product *= static_cast<std::uint64_t>(extent);
  }
  return product;
}

void CheckAtEnd(ByteSource& source, const std::filesystem::path& path, std::uint64_t promised) {
  std::array<std::uint8_t, 1> next;
  if (source.Read(next) != 0) {
    throw DataError(fmt::format("{}: expected {} bytes behind the header, as it says; got more",
                                path.string(), promised));
  }
}

[[noreturn]] void ThrowSystemError(const char* call, const std::filesystem::path& path) {
  throw IoError(fmt::format("{} {}: {}", call, path.string(), std::strerror(errno)));
}

std::vector<std::uint8_t> HeaderOf(const IdxArray& array) {
  std::vector<std::uint8_t> header = {0, 0, 8, static_cast<std::uint8_t>(array.extents.size())};
  for (const std::int64_t extent : array.extents) {
    for (const int shift : {24, 16, 8, 0}) {
      header.push_back(static_cast<std::uint8_t>(extent >> shift));
    }
  }
  return header;
}

void WriteBytes(const std::filesystem::path& path, const IdxArray& array) {
  UniqueHandle<std::FILE, std::fclose> file(std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) ThrowSystemError("open", path);
  for (const auto& part : {HeaderOf(array), array.values}) {
    if (std::fwrite(part.data(), 1, part.size(), file.get()) != part.size()) {
      ThrowSystemError("write", path);
    }
  }
  // Closing by hand: the last bytes may fail only now.
  if (std::fclose(file.release()) != 0) ThrowSystemError("close", path);
}

}  // namespace

IdxArray ReadIdxFile(const std::filesystem::path& path, int rank) {
  const std::unique_ptr<ByteSource> source = OpenByteSource(path);
  CheckMagic(*source, path, rank);
  IdxArray array;
  for (int i = 0; i < rank; ++i) array.extents.push_back(ReadWord(*source, path));
  const std::uint64_t promised = PromisedBytes(array.extents, source->max_bytes(), path);
  array.values.resize(promised);
  const std::size_t count = source->Read(array.values);
  if (count < promised) {
    throw DataError(fmt::format("{}: expected {} bytes behind the header, as it says; got {}",
                                path.string(), promised, count));
  }
  CheckAtEnd(*source, path, promised);
  return array;
}

void WriteIdxFile(const std::filesystem::path& path, const IdxArray& array) {
  const std::filesystem::path partial = path.string() + fmt::format(".partial-{}", getpid());
  try {
    WriteBytes(partial, array);
    if (std::rename(partial.c_str(), path.c_str()) != 0) ThrowSystemError("rename", partial);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

}  // namespace lockstep
