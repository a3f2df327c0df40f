#include "onednn_ops/kernels/pooling.h"

#include <algorithm>

namespace lockstep {
namespace {

// One axis: window i holds the places [i * stride - padding, i * stride - padding + extent).
struct Axis {
  std::int64_t extent;
  std::int64_t stride;
  std::int64_t padding;

  ElementRange Within(std::int64_t i, std::int64_t places) const {
    const std::int64_t start = i * stride - padding;
    const std::int64_t first = std::max<std::int64_t>(0, -start);
    return {first, std::min(extent, places - start) - first};
  }

  ElementRange Over(std::int64_t place, std::int64_t windows) const {
    const std::int64_t padded = place + padding;
    const std::int64_t first = padded < extent ? 0 : (padded - extent) / stride + 1;
    const std::int64_t end = std::min(windows, padded / stride + 1);
    return {first, std::max<std::int64_t>(0, end - first)};
  }
};

Axis Down(const PoolWindows& windows) { return {windows.height, windows.stride, windows.padding}; }
Axis Across(const PoolWindows& windows) { return {windows.width, windows.stride, windows.padding}; }

}  // namespace

Pooling::Pooling(const Shape& input, const Shape& output, const PoolWindows& windows)
    : input_(input), output_(output), windows_(windows) {
  for (std::int64_t i = 0; i < windows_across(); ++i) {
    columns_within_.push_back(Across(windows).Within(i, width()));
  }
  for (std::int64_t x = 0; x < width(); ++x) {
    over_columns_.push_back(Across(windows).Over(x, windows_across()));
  }
}

ElementRange Pooling::RowsWithin(std::int64_t i) const {
  return Down(windows_).Within(i, height());
}

ElementRange Pooling::WindowsOverRow(std::int64_t y) const {
  return Down(windows_).Over(y, windows_down());
}

}  // namespace lockstep
