#pragma once

// The folder of a data set, `data.path`, and the files in it, plain or packed: what the openers of
// all formats look for files with.

#include <filesystem>
#include <optional>
#include <string>

#include "configs/data.pb.h"

namespace lockstep {

/// A value; thread-safe.
class DatasetFolder {
 public:
  /// `advice`, what to do, ends the messages. Throws ConfigError where data.path is empty,
  /// InputMissing where it is no folder.
  DatasetFolder(const DataConfig& data, std::string advice);

  /// `name` is relative to the folder or absolute. The file itself, or where there is none the one
  /// with `.gz` behind it, or nothing.
  std::optional<std::filesystem::path> Search(const std::filesystem::path& name) const;
  /// As Search; throws InputMissing where there is neither.
  std::filesystem::path Find(const std::filesystem::path& name) const;
  bool HoldsFolder(const std::filesystem::path& name) const;

 private:
  std::filesystem::path path_;
  std::string advice_;
};

}  // namespace lockstep
