#pragma once

// A data set that lives in arrays: the base of formats that are read whole, and the data of tests.

#include <vector>

#include "core/data/dataset.h"

namespace lockstep {

/// Images and labels one after the other.
struct LabelledImages {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;        ///< [records, H, W, C]
  std::vector<std::int32_t> labels;        ///< [records]
  std::vector<std::string> left_out = {};  ///< as Dataset::left_out
};

class MemoryDataset : public Dataset {
 public:
  /// `name` stands for the origin in messages. Throws DataError where there are no records, the
  /// sizes do not fit, or a label is outside [0, classes).
  MemoryDataset(std::string name, LabelledImages images, int classes);

  std::int64_t size() const override;
  ImageShape image_shape() const override;
  int classes() const override;
  std::int32_t Read(std::int64_t record, std::span<std::uint8_t> pixels) const override;
  std::int32_t LabelOf(std::int64_t record) const override;
  std::string Describe(std::int64_t record) const override;
  std::vector<std::string> left_out() const override { return images_.left_out; }
  std::string digest() const override;

 private:
  std::string name_;
  LabelledImages images_;
  int classes_;
  std::string digest_;
};

}  // namespace lockstep
