#include "core/checkpoint/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>
#include <system_error>

#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/system_call_error.h"

namespace lockstep {
namespace {

/// What renameat2 of a file system without its flags ends with.
bool LacksTheFlag(int error_number) { return error_number == EINVAL || error_number == ENOSYS; }

}  // namespace

void CreateFolders(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) ThrowSystemCallError("mkdir", path.string(), error.value());
}

void SyncFolder(const std::filesystem::path& path) {
  const UniqueFileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) ThrowSystemCallError("open", path.string(), errno);
  if (::fsync(folder.get()) != 0) ThrowSystemCallError("fsync", path.string(), errno);
}

void RenameFolderWithoutReplacing(const std::filesystem::path& from,
                                  const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  // Some network file systems lack the flag. A plain rename cannot replace a folder that holds
  // files either.
  if (LacksTheFlag(errno) && ::rename(from.c_str(), to.c_str()) == 0) return;
  ThrowSystemCallError("rename to " + to.string(), from.string(), errno);
}

bool ExchangeNames(const std::filesystem::path& a, const std::filesystem::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (LacksTheFlag(errno)) return false;
  ThrowSystemCallError("rename in exchange for " + b.string(), a.string(), errno);
}

std::vector<std::filesystem::path> ListFolder(const std::filesystem::path& path) {
  std::error_code error;
  std::vector<std::filesystem::path> entries;
  std::filesystem::directory_iterator entry(path, error);
  const std::filesystem::directory_iterator end;
  while (!error && entry != end) {
    entries.push_back(entry->path());
    entry.increment(error);
  }
  if (error) ThrowSystemCallError("readdir", path.string(), error.value());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool IsPlainFile(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error));
}

void RemoveTree(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) ThrowSystemCallError("unlink", path.string(), error.value());
}

std::string ReadText(const std::filesystem::path& path) {
  const PosixFile file(path, PosixFile::Mode::kRead);
  std::string text(file.Size(), '\0');
  file.ReadAt(std::as_writable_bytes(std::span<char>(text)), 0);
  return text;
}

std::vector<std::byte> ReadBytes(const std::filesystem::path& path) {
  const PosixFile file(path, PosixFile::Mode::kRead);
  std::vector<std::byte> bytes(file.Size());
  file.ReadAt(bytes, 0);
  return bytes;
}

void ReplaceFile(const std::filesystem::path& path, std::string_view text, Durability durability) {
  const std::filesystem::path temporary = TemporaryNameOf(path);
  PosixFile file(temporary, PosixFile::Mode::kCreateOrReplace);
  file.WriteAt(text, 0);
  if (durability == Durability::kSurvivesPowerLoss) file.Sync();
  file.Close();
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    ThrowSystemCallError("rename to " + path.string(), temporary.string(), errno);
  }
  if (durability == Durability::kSurvivesPowerLoss) SyncFolder(path.parent_path());
}

std::filesystem::path TemporaryNameOf(const std::filesystem::path& path) {
  return path.parent_path() / (std::string(kTemporaryPrefix) + path.filename().string());
}

}  // namespace lockstep
