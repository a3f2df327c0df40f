#include "onednn_ops/batch_norm_memory.h"

namespace lockstep {
namespace {

// Rows of `width` floats at the start of the scratch.
constexpr std::int64_t kWorkRows = 2 * sizeof(double) / sizeof(float);
constexpr std::int64_t kConstantRows = 4;

}  // namespace

std::size_t BatchNormMemory::saved_bytes() const {
  return 2 * static_cast<std::size_t>(columns_.channels()) * sizeof(double) + mask_bytes_;
}

std::size_t BatchNormMemory::scratch_bytes() const {
  const std::int64_t rows = (kWorkRows + kConstantRows) * columns_.width();
  const std::int64_t sums = columns_.chunks() * StatisticsSumsOfChunk(columns_);
  return static_cast<std::size_t>(rows + sums) * sizeof(float);
}

void BatchNormMemory::Bind(const Tensor& saved, const Tensor& scratch) {
  saved_ = saved;
  scratch_ = scratch;
}

ChannelStatistics BatchNormMemory::statistics() const {
  const auto channels = static_cast<std::size_t>(columns_.channels());
  auto* mean = static_cast<double*>(saved_.data());
  return {{mean, channels}, {mean + channels, channels}};
}

std::span<std::uint8_t> BatchNormMemory::mask(ElementRange elements) const {
  if (mask_bytes_ == 0) return {};
  return saved_.As<std::uint8_t>()
      .last(mask_bytes_)
      .subspan(static_cast<std::size_t>(elements.first / 8),
               static_cast<std::size_t>((elements.count + 7) / 8));
}

std::span<double> BatchNormMemory::work() const {
  return {static_cast<double*>(scratch_.data()), static_cast<std::size_t>(2 * columns_.width())};
}

std::span<float> BatchNormMemory::constants(int row) const {
  auto* rows = static_cast<float*>(scratch_.data()) + kWorkRows * columns_.width();
  return {rows + row * columns_.width(), static_cast<std::size_t>(columns_.width())};
}

std::span<float> BatchNormMemory::sums(std::int64_t chunk, std::int64_t sums_of_chunk) const {
  return all_sums(sums_of_chunk)
      .subspan(static_cast<std::size_t>(chunk * sums_of_chunk),
               static_cast<std::size_t>(sums_of_chunk));
}

std::span<float> BatchNormMemory::all_sums(std::int64_t sums_of_chunk) const {
  return {constants(kConstantRows).data(),
          static_cast<std::size_t>(columns_.chunks() * sums_of_chunk)};
}

}  // namespace lockstep
