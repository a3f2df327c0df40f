#include "core/files/file_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {

namespace {

namespace fs = std::filesystem;

/// Looked at before it is opened: opening a pipe that nobody writes to would wait for ever. What
/// cannot be looked at, opening it complains of.
void CheckIsFile(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_regular_file(status) || !fs::status_known(status)) return;
  if (!fs::exists(status)) {
    throw InputMissing(fmt::format("{}: there is no such file; check the path", path.string()));
  }
  throw InputMissing(fmt::format("{}: expected a file, got {}; name a file", path.string(),
                                 fs::is_directory(status) ? "a folder" : "a pipe or a device"));
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& path) : path_(path) {
  CheckIsFile(path);
  file_.reset(std::fopen(path.c_str(), "rbe"));
  if (file_ == nullptr) ThrowSystemCallError("open", path_.string(), errno);
  struct stat status = {};
  if (fstat(fileno(file_.get()), &status) != 0) {
    ThrowSystemCallError("fstat", path_.string(), errno);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t FileSource::Read(std::span<std::uint8_t> out) {
  const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
  if (count < out.size() && std::ferror(file_.get()) != 0) {
    ThrowSystemCallError("read", path_.string(), errno);
  }
  return count;
}

}  // namespace lockstep
