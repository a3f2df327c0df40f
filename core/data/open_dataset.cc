#include "core/data/open_dataset.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/data/cifar_dataset.h"
#include "core/data/cifar_names.h"
#include "core/data/dataset_folder.h"
#include "core/data/idx_dataset.h"
#include "core/errors.h"

namespace lockstep {

namespace {

constexpr std::string_view kImages = "images-idx3";
constexpr std::string_view kLabels = "labels-idx1";
constexpr const char* kIdxAdvice =
    "set data.path to the folder with the published files of MNIST or Fashion-MNIST, plain or "
    "gzipped, or make a small data set with `lockstep data make`";

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
  const DatasetFolder folder(data, kIdxAdvice);
  IdxDatasetOptions options;
  options.images = folder.Find(images);
  options.labels = folder.Find(LabelsName(images, files.field));
  options.classes = classes;
  options.on_bad_record = data.on_bad_record();
  options.bad_record_limit = data.bad_record_limit();
  return std::make_unique<IdxDataset>(options);
}

std::unique_ptr<Dataset> OpenCifar(const DataConfig& data, Split::Type split, int classes) {
  CifarDatasetOptions options;
  options.version =
      data.format() == DataConfig::CIFAR100 ? CifarVersion::kCifar100 : CifarVersion::kCifar10;
  options.files = FindCifarFiles(data, split);
  options.classes = classes;
  options.on_bad_record = data.on_bad_record();
  options.bad_record_limit = data.bad_record_limit();
  return std::make_unique<CifarDataset>(options);
}

}  // namespace

std::unique_ptr<Dataset> OpenDataset(const DataConfig& data, Split::Type split, int classes) {
  switch (data.format()) {
    case DataConfig::IDX:
      return OpenIdx(data, split, classes);
    case DataConfig::CIFAR10:
    case DataConfig::CIFAR100:
      return OpenCifar(data, split, classes);
  }
  throw ConfigError(fmt::format("data.format: unknown value {}", static_cast<int>(data.format())));
}

}  // namespace lockstep
