#include "core/data/dataset_folder.h"

#include <fmt/format.h>

#include <utility>

#include "core/errors.h"

namespace lockstep {

namespace {

std::filesystem::path PackedName(std::filesystem::path plain) { return plain += ".gz"; }

}  // namespace

DatasetFolder::DatasetFolder(const DataConfig& data, std::string advice)
    : path_(data.path()), advice_(std::move(advice)) {
  if (path_.empty()) {
    throw ConfigError(fmt::format("data.path: expected a folder, got nothing; {}", advice_));
  }
  if (!std::filesystem::is_directory(path_)) {
    throw InputMissing(fmt::format("data.path: expected a folder, got '{}', which is none; {}",
                                   path_.string(), advice_));
  }
}

std::optional<std::filesystem::path> DatasetFolder::Search(
    const std::filesystem::path& name) const {
  const std::filesystem::path plain = path_ / name;
  for (const auto& file : {plain, PackedName(plain)}) {
    if (std::filesystem::exists(file)) return file;
  }
  return std::nullopt;
}

std::filesystem::path DatasetFolder::Find(const std::filesystem::path& name) const {
  if (const auto file = Search(name)) return *file;
  const std::filesystem::path plain = path_ / name;
  throw InputMissing(fmt::format("{}: expected this file, or {}; got neither; {}", plain.string(),
                                 PackedName(plain).filename().string(), advice_));
}

bool DatasetFolder::HoldsFolder(const std::filesystem::path& name) const {
  return std::filesystem::is_directory(path_ / name);
}

}  // namespace lockstep
