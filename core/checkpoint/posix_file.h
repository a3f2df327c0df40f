#pragma once

// A file on disk by plain system calls. Checkpoints, manifests, locks and logs are read and written
// through it, so that short writes, interrupted calls and failures are treated in one place.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/checkpoint/unique_file_descriptor.h"

namespace lockstep {

/// Reads of one file from several threads are safe; so are writes to ranges that do not overlap.
/// All calls but the constructor's InputMissing and ReadAt's DataError throw SystemCallError.
class PosixFile {
 public:
  enum class Mode : std::uint8_t {
    kRead,
    kWrite,            ///< an existing file
    kCreate,           ///< fails where the name exists
    kCreateOrReplace,  ///< empties an existing file
    kReadWriteOrCreate,
    kAppend,  ///< each Append goes to the end; created where absent
  };

  /// Throws InputMissing where a file to read is not there.
  PosixFile(std::filesystem::path path, Mode mode);

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_.get(); }

  std::uint64_t Size() const;
  /// Fills all of `to`. Throws DataError where the file ends before.
  void ReadAt(std::span<std::byte> to, std::uint64_t offset) const;
  /// Writes all of `from`, however many calls that takes.
  void WriteAt(std::span<const std::byte> from, std::uint64_t offset);
  void WriteAt(std::string_view text, std::uint64_t offset);
  /// For Mode::kAppend.
  void Append(std::string_view text);
  void Resize(std::uint64_t bytes);
  /// fsync, once. A failed one is never tried again: the kernel may have dropped the dirty pages
  /// and would report success the second time (Rebello et al., "Can Applications Recover from fsync
  /// Failures?", 2020).
  void Sync();
  /// Network file systems report failed writes here. Nothing may be called afterwards.
  void Close();

 private:
  std::filesystem::path path_;
  UniqueFileDescriptor descriptor_;
};

}  // namespace lockstep
