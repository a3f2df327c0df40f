#pragma once

// What the kernels of poolings share: the geometry, which is fixed when the op is made, so that
// kernels divide nothing, and the tensors.

#include <cstdint>
#include <vector>

#include "core/graph/shape.h"
#include "core/graph/tensor.h"
#include "onednn_ops/element_range.h"

namespace lockstep {

/// Rectangles of height x width places, one every `stride` places along both axes. The image is
/// surrounded by `padding` places, at most half a window.
struct PoolWindows {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;

  std::int64_t places() const { return height * width; }
};

/// What a pooling reads and writes.
struct PoolTensors {
  Tensor image;   ///< [N, H, W, C], F32 or BF16: the input, or its gradient
  Tensor output;  ///< of the same type: the output, or its gradient
  /// Of a maximum, as many elements as the output: which place of its window was the largest,
  /// counted row by row. Absent where no gradient is wanted.
  Tensor positions;
};

/// Which places of an image a window holds, and which windows hold a place. A value. The image has
/// the size of `input` [N, H, W, C]; `output` is [N, windows down, windows across, C].
class Pooling {
 public:
  Pooling(const Shape& input, const Shape& output, const PoolWindows& windows);

  std::int64_t height() const { return input_[1]; }
  std::int64_t width() const { return input_[2]; }
  std::int64_t channels() const { return input_[3]; }
  std::int64_t windows_down() const { return output_[1]; }
  std::int64_t windows_across() const { return output_[2]; }
  const PoolWindows& windows() const { return windows_; }

  /// Rows of all images, and rows of windows over all images: the units of work.
  std::int64_t image_rows() const { return input_[0] * input_[1]; }
  std::int64_t window_rows() const { return output_[0] * output_[1]; }
  /// Elements of one of them.
  std::int64_t image_row_elements() const { return width() * channels(); }
  std::int64_t window_row_elements() const { return windows_across() * channels(); }

  /// Which rows (columns) of the windows of row (column) `i` lie within the image.
  ElementRange RowsWithin(std::int64_t i) const;
  ElementRange ColumnsWithin(std::int64_t i) const {
    return columns_within_[static_cast<std::size_t>(i)];
  }
  /// Which rows (columns) of windows hold row `y` (column `x`) of the image.
  ElementRange WindowsOverRow(std::int64_t y) const;
  ElementRange WindowsOverColumn(std::int64_t x) const {
    return over_columns_[static_cast<std::size_t>(x)];
  }

 private:
  Shape input_;
  Shape output_;
  PoolWindows windows_;
  std::vector<ElementRange> columns_within_;
  std::vector<ElementRange> over_columns_;
};

}  // namespace lockstep
