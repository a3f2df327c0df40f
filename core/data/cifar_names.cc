#include "core/data/cifar_names.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/data/dataset_folder.h"
#include "core/errors.h"

namespace lockstep {

namespace {

constexpr const char* kAdvice =
    "set data.path to the folder with the binary version of CIFAR as published, plain or gzipped";

std::string_view ArchiveFolder(DataConfig::Format format) {
  return format == DataConfig::CIFAR100 ? "cifar-100-binary" : "cifar-10-batches-bin";
}

std::vector<std::string> PublishedNames(DataConfig::Format format, Split::Type split) {
  const bool trains = split == Split::TRAIN;
  if (format == DataConfig::CIFAR100) return {trains ? "train.bin" : "test.bin"};
  if (!trains) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int batch = 1; batch <= 5; ++batch) names.push_back(fmt::format("data_batch_{}.bin", batch));
  return names;
}

/// Those of `names` in the folder `place` that are there.
std::vector<std::filesystem::path> Present(const DatasetFolder& folder,
                                           const std::filesystem::path& place,
                                           const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> files;
  std::string missing;
  for (const std::string& name : names) {
    const auto file = folder.Search(place / name);
    if (!file) {
      if (missing.empty()) missing = name;
      continue;
    }
    if (!missing.empty()) {
      throw InputMissing(fmt::format("{}: expected {} before it, plain or gzipped; got none; {}",
                                     file->string(), missing, kAdvice));
    }
    files.push_back(*file);
  }
  return files;
}

}  // namespace

std::vector<std::filesystem::path> FindCifarFiles(const DataConfig& data, Split::Type split) {
  const DatasetFolder folder(data, kAdvice);
  const std::filesystem::path given =
      split == Split::TRAIN ? data.train_path() : data.validation_path();
  if (!given.empty() && !folder.HoldsFolder(given)) return {folder.Find(given)};
  const std::vector<std::string> names = PublishedNames(data.format(), split);
  for (const std::filesystem::path& place : {given, given / ArchiveFolder(data.format())}) {
    std::vector<std::filesystem::path> files = Present(folder, place, names);
    if (!files.empty()) return files;
  }
  return {folder.Find(given / names.front())};
}

}  // namespace lockstep
