#pragma once

// A finite, numbered set of labelled images: what every data format becomes. The loader and the
// evaluation read it; which record comes when is the data plan's affair.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lockstep {

/// Immutable; all calls are thread-safe. Records are numbered [0, size()).
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// At least 1. Records that the index knows to be bad are not among them.
  virtual std::int64_t size() const = 0;
  virtual ImageShape image_shape() const = 0;
  /// Labels are in [0, classes()).
  virtual int classes() const = 0;

  /// Writes the record's image to `pixels`, [H, W, C] uint8, and returns its label. Throws
  /// DataError naming the record where its bytes do not hold an image, IoError where they cannot be
  /// read. Allocates nothing for raw formats.
  virtual std::int32_t Read(std::int64_t record, std::span<std::uint8_t> pixels) const = 0;
  /// The label alone, without reading the image.
  virtual std::int32_t LabelOf(std::int64_t record) const = 0;

  /// The record's place for people, for example "data/train-images-idx3-ubyte.gz, record 17".
  virtual std::string Describe(std::int64_t record) const = 0;
  /// Why records of the files are not among the records, one reason each, for the log.
  virtual std::vector<std::string> left_out() const { return {}; }
  /// SHA-256 over shape, labels and contents in 64 hexadecimal digits: a resume on other data is
  /// refused.
  virtual std::string digest() const = 0;
};

/// Bytes of one image.
inline std::size_t BytesOf(const ImageShape& shape) {
  return static_cast<std::size_t>(shape.height * shape.width * shape.channels);
}

}  // namespace lockstep
