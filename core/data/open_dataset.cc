#include "core/data/open_dataset.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "core/data/idx_dataset.h"
#include "core/errors.h"

namespace lockstep {

namespace {

constexpr std::string_view kImages = "images-idx3";
constexpr std::string_view kLabels = "labels-idx1";
constexpr std::string_view kAdvice =
    "set data.path to the folder with the published files of MNIST or Fashion-MNIST, plain or "
    "gzipped, "
    "or make a small data set with `lockstep data make`";

struct SplitFiles {
  std::string_view field;
  std::string override_path;
  std::string_view published;
};

SplitFiles FilesOf(const DataConfig& data, Split::Type split) {
  if (split == Split::TRAIN) {
    return {"data.train_path", data.train_path(), "train-images-idx3-ubyte"};
  }
  return {"data.validation_path", data.validation_path(), "t10k-images-idx3-ubyte"};
}

/// The file itself, or with `.gz` behind it.
std::filesystem::path FindFile(const std::filesystem::path& plain) {
  std::filesystem::path packed = plain;
  packed += ".gz";
  if (std::filesystem::exists(plain)) return plain;
  if (std::filesystem::exists(packed)) return packed;
  throw InputMissing(fmt::format("{}: expected this file, or {}; got neither; {}", plain.string(),
                                 packed.filename().string(), kAdvice));
}

std::filesystem::path FolderOf(const DataConfig& data) {
  if (data.path().empty()) {
    throw ConfigError(fmt::format("data.path: expected a folder, got nothing; {}", kAdvice));
  }
  if (!std::filesystem::is_directory(data.path())) {
    throw InputMissing(fmt::format("data.path: expected a folder, got '{}', which is none; {}",
                                   data.path(), kAdvice));
  }
  return data.path();
}

std::string LabelsName(std::string images, std::string_view field) {
  const std::size_t at = images.rfind(kImages);
  if (at == std::string::npos) {
    throw ConfigError(fmt::format(
        "{}: expected a path with '{}' in it, which becomes '{}' for the labels, got '{}'", field,
        kImages, kLabels, images));
  }
  return images.replace(at, kImages.size(), kLabels);
}

std::unique_ptr<Dataset> OpenIdx(const DataConfig& data, Split::Type split, int classes) {
  const SplitFiles files = FilesOf(data, split);
  const std::string images =
      files.override_path.empty() ? std::string(files.published) : files.override_path;
  const std::filesystem::path folder = FolderOf(data);
  IdxDatasetOptions options;
  options.images = FindFile(folder / images);
  options.labels = FindFile(folder / LabelsName(images, files.field));
  options.classes = classes;
  options.on_bad_record = data.on_bad_record();
  options.bad_record_limit = data.bad_record_limit();
  return std::make_unique<IdxDataset>(options);
}

}  // namespace

std::unique_ptr<Dataset> OpenDataset(const DataConfig& data, Split::Type split, int classes) {
  switch (data.format()) {
    case DataConfig::IDX:
      return OpenIdx(data, split, classes);
    case DataConfig::CIFAR10:
    case DataConfig::CIFAR100:
      break;
  }
  throw ConfigError(fmt::format("data.format: unknown value {}", static_cast<int>(data.format())));
}

}  // namespace lockstep
