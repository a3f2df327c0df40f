#pragma once

// A run directory held by the one process that trains in it. Readers (eval, predict, checkpoint ls)
// use RunPaths alone and take no lock.

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/run_paths.h"

namespace lockstep {

/// Holds an exclusive lock on the file LOCK for its life; the kernel gives it up when the process
/// ends, however that happens. Rank 0 has one.
///
/// LOCK = "generation" SP n LF "pid" SP n LF "host" SP name LF
class RunDirectory {
 public:
  /// Makes the directory and its folders where they are absent, takes the lock and the next
  /// generation number. Throws OutputError where there can be no folder of that name and, naming
  /// process and host, where another one holds the lock; SystemCallError otherwise.
  explicit RunDirectory(const std::filesystem::path& root);

  const RunPaths& paths() const { return paths_; }
  /// Whether a run had begun in it before: it has a config file or a checkpoint.
  bool used() const { return used_; }
  /// Grows by one with each process that takes the directory.
  std::uint64_t generation() const { return generation_; }

  /// For a start that failed: removes what this process has made, as far as it can, unless a run
  /// had begun here before. Nothing else may be called afterwards.
  void Discard() const noexcept;

  /// Throws OutputError where the file LOCK is no longer ours: removed, or taken by a later
  /// generation on a file system whose locks do not hold. Called right before a commit.
  void CheckGeneration() const;

 private:
  void TakeLock() const;
  void WriteGeneration();

  RunPaths paths_;
  bool made_root_;  ///< initialized before the lock, which makes the folder
  PosixFile lock_;
  bool used_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace lockstep
