#include "core/files/file_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {

namespace {

[[noreturn]] void ThrowSystemError(const char* call, const std::filesystem::path& path) {
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) {
    throw InputMissing(fmt::format("{} {}: {}", call, path.string(), std::strerror(error)));
  }
  ThrowSystemCallError(call, path.string(), error);
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& path)
    : path_(path), file_(std::fopen(path.c_str(), "rbe")) {
  if (file_ == nullptr) ThrowSystemError("open", path_);
  struct stat status = {};
  if (fstat(fileno(file_.get()), &status) != 0) ThrowSystemError("fstat", path_);
  if (!S_ISREG(status.st_mode)) {
    throw IoError(fmt::format("{}: expected a file, got something else", path_.string()));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t FileSource::Read(std::span<std::uint8_t> out) {
  const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
  if (count < out.size() && std::ferror(file_.get()) != 0) ThrowSystemError("read", path_);
  return count;
}

}  // namespace lockstep
