#include "onednn_ops/kernels/batch_norm_statistics.h"

#include <algorithm>
#include <cstddef>

#include "core/graph/bfloat16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/batch_norm_statistics.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Adds kLines lines to the sums: each sum is loaded and stored once for all of them.
template <std::size_t kLines, class T>
HWY_INLINE void AddLines(const T* in, std::size_t width, float* sums) {
  const float* shift = sums;
  float* sum = sums + width;
  float* squares = sum + width;
  const hn::CappedTag<float, ChannelColumns::kRegister> d;
  for (std::size_t i = 0; i < width; i += hn::Lanes(d)) {
    const auto k = hn::LoadU(d, shift + i);
    auto s = hn::LoadU(d, sum + i);
    auto q = hn::LoadU(d, squares + i);
    for (std::size_t line = 0; line < kLines; ++line) {
      const auto x = hn::Sub(LoadFloats(d, in + line * width + i), k);
      s = hn::Add(s, x);
      q = hn::MulAdd(x, x, q);
    }
    hn::StoreU(s, d, sum + i);
    hn::StoreU(q, d, squares + i);
  }
}

template <class T>
HWY_INLINE void SumLines(std::span<const T> in, std::size_t width, std::span<float> sums) {
  constexpr std::size_t kTogether = 8;
  const std::size_t lines = in.size() / width;
  if (lines == 0) return;
  ForEachLanes(width, [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(LoadFloats(d, in.data() + i), d, sums.data() + i);
  });
  std::fill(sums.begin() + static_cast<std::ptrdiff_t>(width), sums.end(), 0.0F);
  std::size_t line = 0;
  for (; line + kTogether <= lines; line += kTogether) {
    AddLines<kTogether>(in.data() + line * width, width, sums.data());
  }
  for (; line < lines; ++line) AddLines<1>(in.data() + line * width, width, sums.data());
}

void Sum(std::size_t width, Tensor in, std::span<float> sums) {
  in.type() == DataType::kBF16 ? SumLines(in.As<const Bfloat16>(), width, sums)
                               : SumLines(in.As<const float>(), width, sums);
}

// Merges a chunk of `lines` lines with the `merged` before it by the formula of Moments below.
// `moments` are the means of all columns, then their squares.
void MergeChunk(double merged, double lines, std::span<const float> sums,
                std::span<double> moments) {
  const hn::CappedTag<double, ChannelColumns::kRegister> d;
  const hn::Rebind<float, decltype(d)> df;
  const std::size_t width = moments.size() / 2;
  double* mean = moments.data();
  double* squares = mean + width;
  const auto share = hn::Set(d, lines / (merged + lines));
  const auto product = hn::Set(d, merged * lines / (merged + lines));
  const auto per_line = hn::Set(d, 1 / lines);
  for (std::size_t i = 0; i < width; i += hn::Lanes(d)) {
    const auto k = hn::PromoteTo(d, hn::LoadU(df, sums.data() + i));
    const auto s = hn::PromoteTo(d, hn::LoadU(df, sums.data() + width + i));
    const auto q = hn::PromoteTo(d, hn::LoadU(df, sums.data() + 2 * width + i));
    const auto offset = hn::Mul(s, per_line);
    const auto within = hn::Max(hn::Sub(q, hn::Mul(s, offset)), hn::Zero(d));
    const auto before = hn::LoadU(d, mean + i);
    const auto delta = hn::Sub(hn::Add(k, offset), before);
    const auto between = hn::Mul(hn::Mul(delta, delta), product);
    const auto m2 = hn::LoadU(d, squares + i);
    hn::StoreU(hn::MulAdd(delta, share, before), d, mean + i);
    hn::StoreU(hn::Add(m2, hn::Add(within, between)), d, squares + i);
  }
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Sum);
HWY_EXPORT(MergeChunk);

namespace {

// Number, mean and squared deviations from it of a set of rows.
struct Moments {
  double rows = 0;
  double mean = 0;
  double squares = 0;

  // Chan's formula: m2 = m2_a + m2_b + delta^2 n_a n_b / (n_a + n_b).
  void Merge(const Moments& other) {
    const double share = other.rows / (rows + other.rows);
    const double delta = other.mean - mean;
    squares += other.squares + delta * delta * rows * share;
    mean += delta * share;
    rows += other.rows;
  }
};

double ElementOf(const Tensor& tensor, std::int64_t i) {
  const auto element = static_cast<std::size_t>(i);
  return tensor.type() == DataType::kBF16 ? ToFloat(tensor.As<const Bfloat16>()[element])
                                          : tensor.As<const float>()[element];
}

// Merges the chunks column by column: the means, then the squares.
void MergeColumns(const ChunkSums& chunks) {
  const auto of_chunk = static_cast<std::size_t>(StatisticsSumsOfChunk(chunks.columns));
  std::fill(chunks.work.begin(), chunks.work.end(), 0.0);
  double merged = 0;
  for (std::int64_t chunk = 0; chunk < chunks.columns.chunks(); ++chunk) {
    const ElementRange elements = chunks.columns.Elements(chunk);
    const auto lines = static_cast<double>(elements.count / chunks.columns.width());
    if (lines == 0) break;
    const auto sums = chunks.sums.subspan(static_cast<std::size_t>(chunk) * of_chunk, of_chunk);
    HWY_DYNAMIC_DISPATCH(MergeChunk)(merged, lines, sums, chunks.work);
    merged += lines;
  }
}

}  // namespace

void SumForStatistics(const ChannelColumns& columns, Tensor in, std::span<float> sums) {
  HWY_DYNAMIC_DISPATCH(Sum)(static_cast<std::size_t>(columns.width()), in, sums);
}

void MergeStatistics(const ChunkSums& chunks, Tensor in, const ChannelStatistics& out) {
  const ChannelColumns& columns = chunks.columns;
  const auto width = static_cast<std::size_t>(columns.width());
  const std::span<double> mean = chunks.work.first(width);
  const std::span<double> squares = chunks.work.last(width);
  MergeColumns(chunks);
  const auto lines = static_cast<double>(columns.lines());
  for (std::size_t c = 0; c < out.mean.size(); ++c) {
    Moments moments;
    for (std::size_t i = c; i < width && lines > 0; i += out.mean.size()) {
      moments.Merge({lines, mean[i], squares[i]});
    }
    const std::int64_t in_lines = columns.lines() * columns.width();
    for (auto i = in_lines + static_cast<std::int64_t>(c); i < columns.elements();
         i += columns.channels()) {
      moments.Merge({1, ElementOf(in, i), 0});
    }
    out.mean[c] = moments.mean;
    out.variance[c] = moments.squares / moments.rows;
  }
}

}  // namespace lockstep
#endif
