#pragma once

// Where things lie in a run directory. All below its root, so that the directory can be moved or
// copied.

#include <filesystem>

namespace lockstep {

struct RunPaths {
  std::filesystem::path root;

  /// The configuration with all defaults and resolved fields.
  std::filesystem::path config() const { return root / "config.textproto"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path logs() const { return root / "logs"; }
  std::filesystem::path train_log() const { return logs() / "train.jsonl"; }
  std::filesystem::path status() const { return root / "STATUS.json"; }
  std::filesystem::path lock() const { return root / "LOCK"; }
};

}  // namespace lockstep
