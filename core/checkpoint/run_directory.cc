#include "core/checkpoint/run_directory.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <system_error>

#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/file_system.h"
#include "core/checkpoint/process_identity.h"
#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

struct LockHolder {
  std::uint64_t generation = 0;
  int pid = 0;
  std::string host = "unknown";
};

/// All zero where the text is not that of a lock: a crash may have cut it, and must not cost the
/// run.
LockHolder ParseLock(const std::string& text) {
  unsigned long long generation = 0;
  int pid = 0;
  char host[257] = {};
  if (std::sscanf(text.c_str(), "generation %llu\npid %d\nhost %256s", &generation, &pid, host) !=
      3) {
    return {};
  }
  return {generation, pid, host};
}

std::string ReadAll(const PosixFile& file) {
  std::string text(file.Size(), '\0');
  file.ReadAt(std::as_writable_bytes(std::span<char>(text)), 0);
  return text;
}

void CreateRoot(const fs::path& root) {
  try {
    CreateFolders(root);
  } catch (const SystemCallError& error) {
    const int number = error.error_number();
    if (number != ENOENT && number != ENOTDIR && number != EEXIST) throw;
    throw OutputError(
        fmt::format("the run directory {} cannot be made: {}; choose another "
                    "--run-dir",
                    root.string(), std::generic_category().message(number)));
  }
}

PosixFile OpenLock(const RunPaths& paths) {
  CreateRoot(paths.root);
  return PosixFile(paths.lock(), PosixFile::Mode::kReadWriteOrCreate);
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool WasUsed(const RunPaths& paths) {
  return Exists(paths.config()) || !CheckpointStore(paths.checkpoints()).List().empty();
}

}  // namespace

RunDirectory::RunDirectory(const fs::path& root)
    : paths_{root}, made_root_(!Exists(root)), lock_(OpenLock(paths_)) {
  TakeLock();
  used_ = WasUsed(paths_);
  CreateFolders(paths_.logs());
  CreateFolders(paths_.checkpoints());
  WriteGeneration();
}

void RunDirectory::TakeLock() const {
  int result = 0;
  do {
    result = ::flock(lock_.descriptor(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  if (errno != EWOULDBLOCK) ThrowSystemCallError("flock", paths_.lock().string(), errno);
  const LockHolder holder = ParseLock(ReadAll(lock_));
  throw OutputError(
      fmt::format("the run directory {} is in use by process {} on host {} "
                  "(generation {}); wait for it, or choose another --run-dir",
                  paths_.root.string(), holder.pid, holder.host, holder.generation));
}

void RunDirectory::WriteGeneration() {
  generation_ = ParseLock(ReadAll(lock_)).generation + 1;
  const ProcessIdentity self = ThisProcess();
  const std::string text =
      fmt::format("generation {}\npid {}\nhost {}\n", generation_, self.pid, self.host);
  lock_.Resize(0);
  lock_.WriteAt(text, 0);
  lock_.Sync();
}

void RunDirectory::Discard() const noexcept {
  if (used_) return;
  std::error_code ignored;
  fs::remove_all(paths_.logs(), ignored);
  for (const fs::path& path : {paths_.checkpoints(), paths_.config(),
                               TemporaryNameOf(paths_.config()), paths_.status(), paths_.lock()}) {
    fs::remove(path, ignored);
  }
  if (made_root_) fs::remove(paths_.root, ignored);
}

void RunDirectory::CheckGeneration() const {
  std::optional<std::uint64_t> current;
  if (IsPlainFile(paths_.lock())) current = ParseLock(ReadText(paths_.lock())).generation;
  if (current == generation_) return;
  throw OutputError(
      fmt::format("this process no longer owns the run directory {}: expected "
                  "generation {} in {}, got {}; another process has taken over",
                  paths_.root.string(), generation_, paths_.lock().string(),
                  current ? std::to_string(*current) : "no file"));
}

}  // namespace lockstep
