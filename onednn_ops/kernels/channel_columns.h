#pragma once

// How the kernels of BatchNorm see an activation: as lines of columns, a column belonging to one
// channel, and as chunks of lines. Sums are taken over chunks, so that they depend on the shape
// alone, never on the number of threads.

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "onednn_ops/element_range.h"

namespace lockstep {

/// The elements [rows, channels] of an activation, rows = N * H * W. As many rows make a line as
/// give it whole vector registers: column j of a line belongs to channel j % channels. Rows that do
/// not fill a line form an incomplete last one. A value.
class ChannelColumns {
 public:
  /// Elements of the widest vector register; also keeps the bits of a mask of each line in whole
  /// bytes.
  static constexpr std::int64_t kRegister = 16;
  static constexpr std::int64_t kFewestLinesOfChunk = 64;
  /// float32 sums over so many lines are accurate, and the results of chunks small beside them.
  static constexpr std::int64_t kMostLinesOfChunk = 256;

  ChannelColumns(std::int64_t rows, std::int64_t channels)
      : rows_(rows),
        channels_(channels),
        rows_of_line_(kRegister / std::gcd(kRegister, channels)),
        lines_of_chunk_(
            std::clamp(lines() / kFewestLinesOfChunk, kFewestLinesOfChunk, kMostLinesOfChunk)) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t channels() const { return channels_; }
  std::int64_t rows_of_line() const { return rows_of_line_; }
  std::int64_t elements() const { return rows_ * channels_; }
  /// Columns: elements of a line, a multiple of kRegister.
  std::int64_t width() const { return rows_of_line_ * channels_; }
  /// Complete ones.
  std::int64_t lines() const { return rows_ / rows_of_line_; }
  /// At least 1. The last one may be smaller and alone ends with the incomplete line.
  std::int64_t chunks() const {
    return (elements() + elements_of_chunk() - 1) / elements_of_chunk();
  }
  /// Those of chunk `chunk`.
  ElementRange Elements(std::int64_t chunk) const {
    const std::int64_t first = chunk * elements_of_chunk();
    return {first, std::min(elements() - first, elements_of_chunk())};
  }
  std::int64_t elements_of_chunk() const { return lines_of_chunk_ * width(); }

 private:
  std::int64_t rows_;
  std::int64_t channels_;
  std::int64_t rows_of_line_;
  std::int64_t lines_of_chunk_;
};

}  // namespace lockstep
