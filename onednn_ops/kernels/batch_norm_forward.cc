#include "onednn_ops/kernels/batch_norm_forward.h"

#include <algorithm>
#include <cstddef>

#include "core/graph/bfloat16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/batch_norm_forward.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/bit_mask-inl.h"
#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// What happens to the sum: stored as it is, without what is not above 0, or that and a mask.
struct KeepAll {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D /*d*/, std::size_t /*i*/, hn::Vec<D> y) const {
    return y;
  }
};

struct Rectify {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, std::size_t /*i*/, hn::Vec<D> y) const {
    return hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), y);
  }
};

struct RectifyAndMark {
  std::uint8_t* mask;

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, std::size_t i, hn::Vec<D> y) const {
    const auto closed = hn::Le(y, hn::Zero(d));
    StoreBits(closed, d, i, mask);
    return hn::IfThenZeroElse(closed, y);
  }
};

template <class T>
struct Memory {
  const T* in;
  const T* other;
  T* out;
  const float* mean;
  const float* scale;
  const float* shift;
};

template <Stores kStores, class T, class Finish>
HWY_INLINE void NormalizeLine(Memory<T> m, std::size_t first, std::size_t count,
                              const Finish& finish) {
  ForEachLanes(count, [=](auto d, std::size_t column) HWY_ATTR {
    const std::size_t i = first + column;
    const auto centred = hn::Sub(LoadFloats(d, m.in + i), hn::LoadU(d, m.mean + column));
    auto y = hn::MulAdd(centred, hn::LoadU(d, m.scale + column), hn::LoadU(d, m.shift + column));
    if (m.other != nullptr) y = hn::Add(y, LoadFloats(d, m.other + i));
    StoreAs<kStores>(finish(d, i, y), d, m.out + i);
  });
}

template <class T, class Finish>
HWY_INLINE void NormalizeLines(const ColumnTransform& transform, const NormalizedLines& lines,
                               const Finish& finish) {
  const Memory<T> memory = {lines.in.As<const T>().data(), lines.other.As<const T>().data(),
                            lines.out.As<T>().data(),      transform.mean.data(),
                            transform.scale.data(),        transform.shift.data()};
  const std::size_t width = transform.mean.size();
  const auto elements = static_cast<std::size_t>(lines.in.elements());
  for (std::size_t first = 0; first < elements; first += width) {
    const std::size_t count = std::min(width, elements - first);
    lines.stores == Stores::kStreamed
        ? NormalizeLine<Stores::kStreamed>(memory, first, count, finish)
        : NormalizeLine<Stores::kCached>(memory, first, count, finish);
  }
  if (lines.stores == Stores::kStreamed) hwy::FlushStream();
}

template <class Finish>
HWY_INLINE void NormalizeOfType(const ColumnTransform& transform, const NormalizedLines& lines,
                                const Finish& finish) {
  lines.in.type() == DataType::kBF16 ? NormalizeLines<Bfloat16>(transform, lines, finish)
                                     : NormalizeLines<float>(transform, lines, finish);
}

void Plain(const ColumnTransform& transform, const NormalizedLines& lines) {
  NormalizeOfType(transform, lines, KeepAll());
}

void Relu(const ColumnTransform& transform, const NormalizedLines& lines) {
  NormalizeOfType(transform, lines, Rectify());
}

void ReluWithMask(const ColumnTransform& transform, const NormalizedLines& lines,
                  std::span<std::uint8_t> mask) {
  NormalizeOfType(transform, lines, RectifyAndMark{mask.data()});
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Plain);
HWY_EXPORT(Relu);
HWY_EXPORT(ReluWithMask);

void Normalize(const ColumnTransform& transform, const NormalizedLines& lines) {
  HWY_DYNAMIC_DISPATCH(Plain)(transform, lines);
}

void NormalizeAndRelu(const ColumnTransform& transform, const NormalizedLines& lines) {
  HWY_DYNAMIC_DISPATCH(Relu)(transform, lines);
}

void NormalizeAndReluWithMask(const ColumnTransform& transform, const NormalizedLines& lines,
                              std::span<std::uint8_t> mask) {
  HWY_DYNAMIC_DISPATCH(ReluWithMask)(transform, lines, mask);
}

}  // namespace lockstep
#endif
