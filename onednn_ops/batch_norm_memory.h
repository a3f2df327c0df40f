#pragma once

// What BatchNormOp keeps from forward to backward pass and what it uses within one call: the parts
// of the two ranges that the plan gives it.

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/graph/tensor.h"
#include "onednn_ops/kernels/batch_norm_statistics.h"
#include "onednn_ops/kernels/channel_columns.h"

namespace lockstep {

/// Whether the op saves a bit an element.
enum class SavedMask : std::uint8_t { kNone, kBitAnElement };

/// Saved: mean and variance of each channel, then the mask. Scratch: two doubles a column, four
/// floats a column, then the sums of the chunks. Cheap to copy.
class BatchNormMemory {
 public:
  BatchNormMemory(const ChannelColumns& columns, SavedMask mask)
      : columns_(columns), mask_bytes_(mask == SavedMask::kNone ? 0 : BytesOf(columns)) {}

  std::size_t saved_bytes() const;
  std::size_t scratch_bytes() const;
  void Bind(const Tensor& saved, const Tensor& scratch);

  ChannelStatistics statistics() const;
  /// Bits of `elements`, the first of which is a multiple of 8; empty where none are saved.
  std::span<std::uint8_t> mask(ElementRange elements) const;

  /// Two numbers a column.
  std::span<double> work() const;
  /// One number a column; `row` in [0, 4).
  std::span<float> constants(int row) const;
  /// Sums of one chunk and of all; `sums_of_chunk` is at most StatisticsSumsOfChunk.
  std::span<float> sums(std::int64_t chunk, std::int64_t sums_of_chunk) const;
  std::span<float> all_sums(std::int64_t sums_of_chunk) const;

 private:
  static std::size_t BytesOf(const ChannelColumns& columns) {
    return static_cast<std::size_t>((columns.elements() + 7) / 8);
  }

  ChannelColumns columns_;
  std::size_t mask_bytes_;
  Tensor saved_;
  Tensor scratch_;
};

}  // namespace lockstep
