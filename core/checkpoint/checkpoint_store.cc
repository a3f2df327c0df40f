#include "core/checkpoint/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/posix_file.h"
#include "core/errors.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kCurrent = "CURRENT";
/// Behind kTemporaryPrefix, before the name of a checkpoint that another is about to replace.
constexpr std::string_view kReplaced = "replaced-";

std::string NameOf(std::int64_t step) { return fmt::format("{}{:09}", kPrefix, step); }

/// Nothing for names that NameOf does not make.
std::optional<std::int64_t> StepNamed(const std::string& name) {
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) return std::nullopt;
  std::int64_t step = -1;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (step < 0 || NameOf(step) != name) return std::nullopt;
  return step;
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

/// Why the folder is no whole checkpoint; nothing where it is.
std::optional<std::string> Defect(const fs::path& checkpoint) {
  try {
    Manifest::Read(checkpoint).Verify(checkpoint, Manifest::Level::kCrc);
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

void WriteManifest(const fs::path& folder, const Manifest& manifest) {
  PosixFile file(folder / Manifest::kFileName, PosixFile::Mode::kCreate);
  file.WriteAt(manifest.ToText(), 0);
  file.Sync();
  file.Close();
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path folder) : folder_(std::move(folder)) {}

fs::path CheckpointStore::PathOf(std::int64_t step) const { return folder_ / NameOf(step); }

fs::path CheckpointStore::TemporaryPathOf(std::int64_t step) const {
  return TemporaryNameOf(PathOf(step));
}

std::vector<CheckpointEntry> CheckpointStore::List() const {
  std::error_code error;
  if (!fs::exists(folder_, error)) return {};
  std::vector<CheckpointEntry> entries;
  for (const fs::path& path : ListFolder(folder_)) {
    const std::optional<std::int64_t> step = StepNamed(path.filename().string());
    if (step && fs::is_directory(path, error)) entries.push_back({*step, path});
  }
  std::sort(entries.begin(), entries.end(),
            [](const CheckpointEntry& a, const CheckpointEntry& b) { return a.step < b.step; });
  return entries;
}

NewestCheckpoint CheckpointStore::Newest() const {
  NewestCheckpoint newest;
  std::vector<CheckpointEntry> entries = List();
  std::reverse(entries.begin(), entries.end());
  for (const CheckpointEntry& entry : entries) {
    const std::optional<std::string> defect = Defect(entry.path);
    if (!defect) {
      newest.entry = entry;
      break;
    }
    newest.skipped.push_back({entry.path, *defect});
  }
  return newest;
}

CheckpointEntry CheckpointStore::Find(std::int64_t step) const {
  const fs::path path = PathOf(step);
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    throw InputMissing(
        fmt::format("there is no checkpoint {}; `lockstep checkpoint ls` shows "
                    "those there are",
                    path.string()));
  }
  Manifest::Read(path).Verify(path, Manifest::Level::kCrc);
  return {step, path};
}

void CheckpointStore::Prepare(std::int64_t step) {
  CreateFolders(folder_);
  RemoveTemporaries();
  CreateFolders(TemporaryPathOf(step));
}

void CheckpointStore::Commit(const CommitOptions& options) {
  const fs::path temporary = TemporaryPathOf(options.step);
  // Digests are of the bytes read back: pieces of several ranks meet in one chunk, and on a network
  // file system this is the first look at what the other ranks' writes became.
  WriteManifest(temporary, Manifest::OfFolder(temporary));
  SyncFolder(temporary);
  if (options.before_rename) options.before_rename();
  PutInPlace(options.step);
  SyncFolder(folder_);
  ReplaceFile(folder_ / kCurrent, NameOf(options.step) + "\n", Durability::kSurvivesPowerLoss);
  Prune({options.keep, options.best, options.step});
  RemoveTemporaries();
}

void CheckpointStore::PutInPlace(std::int64_t step) {
  const fs::path temporary = TemporaryPathOf(step);
  const fs::path path = PathOf(step);
  if (!Exists(path)) return RenameFolderWithoutReplacing(temporary, path);
  // A run that resumed at an older step meets the checkpoints that it, or a crash, left behind.
  if (ExchangeNames(temporary, path)) return;
  RenameFolderWithoutReplacing(
      path, TemporaryNameOf(folder_ / fmt::format("{}{}", kReplaced, NameOf(step))));
  RenameFolderWithoutReplacing(temporary, path);
}

void CheckpointStore::BringBackReplaced() {
  const std::string prefix = fmt::format("{}{}", kTemporaryPrefix, kReplaced);
  for (const fs::path& path : ListFolder(folder_)) {
    const std::string name = path.filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const fs::path original = folder_ / name.substr(prefix.size());
    if (!Exists(original)) RenameFolderWithoutReplacing(path, original);
  }
}

void CheckpointStore::Prune(const PruneOptions& options) {
  std::vector<CheckpointEntry> entries = List();
  if (options.best) {
    std::erase_if(entries, [&](const CheckpointEntry& e) { return e.step == *options.best; });
  }
  const auto keep = static_cast<std::size_t>(options.keep);
  if (options.keep <= 0 || entries.size() <= keep) return;
  const std::optional<std::int64_t> valid =
      options.valid ? options.valid : Newest().entry.value_or(CheckpointEntry{-1, {}}).step;
  entries.resize(entries.size() - keep);
  for (const CheckpointEntry& entry : entries) {
    if (entry.step != *valid) Remove(entry.path);
  }
}

void CheckpointStore::RemoveTemporaries() {
  BringBackReplaced();
  for (const fs::path& path : ListFolder(folder_)) {
    if (path.filename().string().compare(0, kTemporaryPrefix.size(), kTemporaryPrefix) == 0) {
      RemoveTree(path);
    }
  }
}

void CheckpointStore::Remove(const fs::path& checkpoint) {
  // Under another name first: a crash in between leaves no half of a checkpoint behind.
  const fs::path removed = TemporaryNameOf(folder_ / ("removed-" + checkpoint.filename().string()));
  RemoveTree(removed);
  RenameFolderWithoutReplacing(checkpoint, removed);
  RemoveTree(removed);
}

}  // namespace lockstep
