#include "core/checkpoint/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/checkpoint/system_call_error.h"

namespace lockstep {
namespace {

int FlagsOf(PosixFile::Mode mode) {
  switch (mode) {
    case PosixFile::Mode::kRead:
      return O_RDONLY;
    case PosixFile::Mode::kWrite:
      return O_WRONLY;
    case PosixFile::Mode::kCreate:
      return O_WRONLY | O_CREAT | O_EXCL;
    case PosixFile::Mode::kCreateOrReplace:
      return O_WRONLY | O_CREAT | O_TRUNC;
    case PosixFile::Mode::kReadWriteOrCreate:
      return O_RDWR | O_CREAT;
    case PosixFile::Mode::kAppend:
      return O_WRONLY | O_CREAT | O_APPEND;
  }
  return O_RDONLY;
}

int OpenRetryingInterrupts(const std::filesystem::path& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

}  // namespace

PosixFile::PosixFile(std::filesystem::path path, Mode mode)
    : path_(std::move(path)), descriptor_(OpenRetryingInterrupts(path_, FlagsOf(mode))) {
  if (descriptor_.get() >= 0) return;
  const int error_number = errno;
  if (mode == Mode::kRead && error_number == ENOENT) {
    throw InputMissing(fmt::format("{} is not there; check the path", path_.string()));
  }
  ThrowSystemCallError("open", path_.string(), error_number);
}

std::uint64_t PosixFile::Size() const {
  struct stat status = {};
  if (::fstat(descriptor(), &status) != 0) ThrowSystemCallError("fstat", path_.string(), errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void PosixFile::ReadAt(std::span<std::byte> to, std::uint64_t offset) const {
  const std::uint64_t end = offset + to.size();
  while (!to.empty()) {
    const ssize_t count =
        ::pread(descriptor(), to.data(), to.size(), static_cast<off_t>(end - to.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowSystemCallError("pread", path_.string(), errno);
    if (count == 0) {
      throw DataError(fmt::format("{} is truncated: expected at least {} bytes, got {}",
                                  path_.string(), end, end - to.size()));
    }
    to = to.subspan(static_cast<std::size_t>(count));
  }
}

void PosixFile::WriteAt(std::span<const std::byte> from, std::uint64_t offset) {
  const std::uint64_t end = offset + from.size();
  while (!from.empty()) {
    const ssize_t count =
        ::pwrite(descriptor(), from.data(), from.size(), static_cast<off_t>(end - from.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowSystemCallError("pwrite", path_.string(), errno);
    from = from.subspan(static_cast<std::size_t>(count));
  }
}

void PosixFile::WriteAt(std::string_view text, std::uint64_t offset) {
  WriteAt(std::as_bytes(std::span<const char>(text)), offset);
}

void PosixFile::Append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowSystemCallError("write", path_.string(), errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void PosixFile::Resize(std::uint64_t bytes) {
  int result = 0;
  do {
    result = ::ftruncate(descriptor(), static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  if (result != 0) ThrowSystemCallError("ftruncate", path_.string(), errno);
}

void PosixFile::Sync() {
  if (::fsync(descriptor()) != 0) ThrowSystemCallError("fsync", path_.string(), errno);
}

void PosixFile::Close() {
  // On Linux the descriptor is gone even after EINTR, so there is no second try.
  if (::close(descriptor_.Release()) != 0 && errno != EINTR) {
    ThrowSystemCallError("close", path_.string(), errno);
  }
}

}  // namespace lockstep
