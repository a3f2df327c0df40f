#pragma once

// CIFAR-10 and CIFAR-100: colour images of 32 x 32 in binary files, read whole.

#include <filesystem>
#include <string>
#include <vector>

#include "configs/data.pb.h"
#include "core/data/cifar_file.h"
#include "core/data/memory_dataset.h"

namespace lockstep {

struct CifarDatasetOptions {
  CifarVersion version = CifarVersion::kCifar10;
  std::vector<std::filesystem::path> files;  ///< one or more; their records in this order
  int classes = 10;
  /// FAIL: a label outside [0, classes) is DataError. SKIP: its record is left out, up to the
  /// limit.
  DataConfig::BadRecordPolicy on_bad_record = DataConfig::FAIL;
  std::int64_t bad_record_limit = 100;
};

/// The labels of CIFAR-100 are the fine ones.
class CifarDataset final : public MemoryDataset {
 public:
  /// Throws as CifarFile does; DataError where a label is out of range (naming file, record and
  /// class count) or no record is left.
  explicit CifarDataset(const CifarDatasetOptions& options);

  std::string Describe(std::int64_t record) const override;

 private:
  /// Where a record stands.
  struct Place {
    std::size_t file = 0;
    std::int64_t record = 0;  ///< its number in the file
  };
  /// The files' contents without the records left out.
  struct Contents {
    LabelledImages images;
    std::vector<Place> places;
  };
  static Contents Load(const CifarDatasetOptions& options);
  CifarDataset(const CifarDatasetOptions& options, Contents contents);

  std::vector<std::filesystem::path> files_;
  std::vector<Place> places_;
};

}  // namespace lockstep
