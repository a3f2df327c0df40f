#include "onednn_ops/kernels/batch_norm_forward.h"

#include <algorithm>
#include <cstddef>

#include "core/graph/bfloat16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/batch_norm_forward.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/bit_mask-inl.h"
#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// What happens to the sum: stored as it is, without what is below 0, or that and a mask.
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
    const auto open = hn::Not(hn::Le(y, hn::Zero(d)));
    StoreBits(open, d, i, mask);
    return hn::IfThenElseZero(open, y);
  }
};

template <class T, class Finish>
HWY_INLINE void NormalizeLines(const ColumnTransform& transform, const NormalizedLines& lines,
                               const Finish& finish) {
  const T* in = lines.in.As<const T>().data();
  const T* other = lines.other.As<const T>().data();
  T* out = lines.out.As<T>().data();
  const std::size_t width = transform.mean.size();
  const auto elements = static_cast<std::size_t>(lines.in.elements());
  for (std::size_t first = 0; first < elements; first += width) {
    ForEachLanes(std::min(width, elements - first), [&](auto d, std::size_t column) HWY_ATTR {
      const std::size_t i = first + column;
      const auto centred =
          hn::Sub(LoadFloats(d, in + i), hn::LoadU(d, transform.mean.data() + column));
      auto y = hn::MulAdd(centred, hn::LoadU(d, transform.scale.data() + column),
                          hn::LoadU(d, transform.shift.data() + column));
      if (other != nullptr) y = hn::Add(y, LoadFloats(d, other + i));
      StoreFloats(finish(d, i, y), d, out + i);
    });
  }
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
