#pragma once

// A file as it is.

#include <cstdio>

#include "core/files/byte_source.h"
#include "core/unique_handle.h"

namespace lockstep {

class FileSource final : public ByteSource {
 public:
  /// Throws InputMissing where there is no such file or the name is that of a folder, a pipe or a
  /// device, SystemCallError where it cannot be opened.
  explicit FileSource(const std::filesystem::path& path);

  std::size_t Read(std::span<std::uint8_t> out) override;
  /// The size of the file when it was opened.
  std::uint64_t max_bytes() const override { return size_; }

 private:
  std::filesystem::path path_;
  UniqueHandle<std::FILE, std::fclose> file_;
  std::uint64_t size_ = 0;
};

}  // namespace lockstep
