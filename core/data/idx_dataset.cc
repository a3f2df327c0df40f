#include "core/data/idx_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/data/idx_file.h"
#include "core/data/label_check.h"
#include "core/errors.h"

namespace lockstep {

namespace {

void CheckCounts(const IdxDatasetOptions& options, const IdxArray& images, const IdxArray& labels) {
  if (images.extents[0] == labels.extents[0]) return;
  throw DataError(fmt::format("{}: expected {} labels, one for each image of {}, got {}",
                              options.labels.string(), images.extents[0], options.images.string(),
                              labels.extents[0]));
}

/// Records whose labels are in range, in order.
std::vector<std::int64_t> GoodRecords(const IdxDatasetOptions& options, const IdxArray& labels,
                                      LabelCheck& check) {
  std::vector<std::int64_t> good;
  good.reserve(labels.values.size());
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    const auto record = static_cast<std::int64_t>(i);
    if (check.Accepts(labels.values[i], options.labels, record)) good.push_back(record);
  }
  return good;
}

}  // namespace

IdxDataset::IdxDataset(const IdxDatasetOptions& options) : IdxDataset(options, Load(options)) {}

IdxDataset::IdxDataset(const IdxDatasetOptions& options, Contents contents)
    : MemoryDataset(options.images.string(), std::move(contents.images), options.classes),
      images_path_(options.images.string()),
      file_records_(std::move(contents.file_records)) {}

IdxDataset::Contents IdxDataset::Load(const IdxDatasetOptions& options) {
  IdxArray images = ReadIdxFile(options.images, 3);
  const IdxArray labels = ReadIdxFile(options.labels, 1);
  CheckCounts(options, images, labels);

  Contents contents;
  LabelCheck check(options.classes, {options.on_bad_record, options.bad_record_limit});
  contents.file_records = GoodRecords(options, labels, check);
  contents.images.left_out = check.TakeReasons();
  contents.images.shape = {images.extents[1], images.extents[2], 1};
  const auto bytes = static_cast<std::ptrdiff_t>(BytesOf(contents.images.shape));
  auto end = images.values.begin();
  for (const std::int64_t record : contents.file_records) {
    contents.images.labels.push_back(labels.values[static_cast<std::size_t>(record)]);
    const auto from = images.values.begin() + record * bytes;
    if (from != end) std::copy(from, from + bytes, end);
    end += bytes;
  }
  images.values.erase(end, images.values.end());
  contents.images.pixels = std::move(images.values);
  return contents;
}

std::string IdxDataset::Describe(std::int64_t record) const {
  return fmt::format("{}, record {}", images_path_,
                     file_records_[static_cast<std::size_t>(record)]);
}

}  // namespace lockstep
