#pragma once

// MNIST, Fashion-MNIST and their like: grey images and labels in two IDX files, read whole.

#include <filesystem>
#include <string>
#include <vector>

#include "configs/data.pb.h"
#include "core/data/memory_dataset.h"

namespace lockstep {

struct IdxDatasetOptions {
  std::filesystem::path images;  ///< [records, H, W]
  std::filesystem::path labels;  ///< [records]
  int classes = 10;
  /// FAIL: a label outside [0, classes) is DataError. SKIP: its record is left out, up to the
  /// limit.
  DataConfig::BadRecordPolicy on_bad_record = DataConfig::FAIL;
  std::int64_t bad_record_limit = 100;
};

class IdxDataset final : public MemoryDataset {
 public:
  /// Throws as ReadIdxFile does; DataError where the files' counts differ, a label is out of range
  /// (naming file, record and class count), or no record is left.
  explicit IdxDataset(const IdxDatasetOptions& options);

  std::string Describe(std::int64_t record) const override;

 private:
  /// The files' contents without the records left out.
  struct Contents {
    LabelledImages images;
    std::vector<std::int64_t> file_records;  ///< each record's number in the files
  };
  static Contents Load(const IdxDatasetOptions& options);
  IdxDataset(const IdxDatasetOptions& options, Contents contents);

  std::string images_path_;
  std::vector<std::int64_t> file_records_;
};

}  // namespace lockstep
