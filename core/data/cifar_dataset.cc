#include "core/data/cifar_dataset.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/data/label_check.h"

namespace lockstep {

namespace {

/// What the files hold where none is packed: vectors that grow to it at once are not copied.
std::size_t PlainBytes(const std::vector<std::filesystem::path>& files) {
  std::size_t bytes = 0;
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (!error) bytes += static_cast<std::size_t>(size);
  }
  return bytes;
}

}  // namespace

CifarDataset::CifarDataset(const CifarDatasetOptions& options)
    : CifarDataset(options, Load(options)) {}

CifarDataset::CifarDataset(const CifarDatasetOptions& options, Contents contents)
    : MemoryDataset(options.files.front().string(), std::move(contents.images), options.classes),
      files_(options.files),
      places_(std::move(contents.places)) {}

CifarDataset::Contents CifarDataset::Load(const CifarDatasetOptions& options) {
  Contents contents;
  contents.images.shape = kCifarImages;
  contents.images.pixels.reserve(PlainBytes(options.files));
  LabelCheck check(options.classes, {options.on_bad_record, options.bad_record_limit});
  std::vector<std::uint8_t> pixels(BytesOf(kCifarImages));
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    CifarFile file(options.files[i], options.version);
    std::int64_t record = 0;
    while (const std::optional<int> label = file.Next(pixels)) {
      const Place place = {i, record++};
      if (!check.Accepts(*label, options.files[i], place.record)) continue;
      contents.places.push_back(place);
      contents.images.labels.push_back(*label);
      contents.images.pixels.insert(contents.images.pixels.end(), pixels.begin(), pixels.end());
    }
  }
  contents.images.left_out = check.TakeReasons();
  return contents;
}

std::string CifarDataset::Describe(std::int64_t record) const {
  const Place& place = places_[static_cast<std::size_t>(record)];
  return fmt::format("{}, record {}", files_[place.file].string(), place.record);
}

}  // namespace lockstep
