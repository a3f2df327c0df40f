#pragma once

// The folder that holds a run's checkpoints, each a folder step-<nine digits>. Knows how one is
// committed so that a crash at any moment leaves either the old state or the new one, and which one
// a resume takes.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

struct CheckpointEntry {
  std::int64_t step = 0;
  std::filesystem::path path;
};

/// A checkpoint that did not verify.
struct SkippedCheckpoint {
  std::filesystem::path path;
  std::string why;
};

struct NewestCheckpoint {
  std::optional<CheckpointEntry> entry;    ///< the newest that verifies
  std::vector<SkippedCheckpoint> skipped;  ///< newer ones, newest first
};

struct PruneOptions {
  int keep = 0;                       ///< newest ones that stay, besides the best; 0: all
  std::optional<std::int64_t> best;   ///< step that stays
  std::optional<std::int64_t> valid;  ///< step that is known to verify, and stays
};

struct CommitOptions {
  std::int64_t step = 0;
  int keep = 0;
  std::optional<std::int64_t> best;
  /// Called right before the rename; throws to forbid it (RunDirectory::CheckGeneration). May be
  /// empty.
  std::function<void()> before_rename;
};

/// Not thread-safe. One process at a time may write; any number may read, also while one writes.
/// Makes no folder before Prepare.
class CheckpointStore {
 public:
  explicit CheckpointStore(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path PathOf(std::int64_t step) const;
  /// Where a checkpoint is written before its commit.
  std::filesystem::path TemporaryPathOf(std::int64_t step) const;

  /// All committed checkpoints, valid or not, oldest first.
  std::vector<CheckpointEntry> List() const;
  /// Verifies by CRC-32C, newest first, until one is whole. CURRENT is not asked.
  NewestCheckpoint Newest() const;
  /// Throws InputMissing where there is none of that step and DataError where it does not verify.
  CheckpointEntry Find(std::int64_t step) const;

  /// Removes what crashed saves left and makes an empty TemporaryPathOf(step).
  void Prepare(std::int64_t step);
  /// The files in TemporaryPathOf(step) are whole and synced; afterwards they are the checkpoint of
  /// that step, also after a loss of power. A checkpoint of the same step with other bytes is
  /// replaced: in one step where the file system can exchange two names, else by way of a name that
  /// BringBackReplaced finds. On an exception before the rename nothing that was committed has
  /// changed.
  void Commit(const CommitOptions& options);
  /// Removes the oldest beyond `keep`. Never the best, never the last one that verifies.
  void Prune(const PruneOptions& options);
  /// Gives a checkpoint its name again where a crash came while a newer one of the same step was
  /// about to take it. For the process that may write, before it looks for the newest.
  void BringBackReplaced();
  void RemoveTemporaries();

 private:
  void PutInPlace(std::int64_t step);
  void Remove(const std::filesystem::path& checkpoint);

  std::filesystem::path folder_;
};

}  // namespace lockstep
