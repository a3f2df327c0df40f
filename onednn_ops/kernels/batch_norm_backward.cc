#include "onednn_ops/kernels/batch_norm_backward.h"

#include <algorithm>
#include <cstddef>

#include "core/graph/bfloat16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/batch_norm_backward.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/bit_mask-inl.h"
#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// g of the lanes from element i on, without a ReLU and with one.
template <class T>
struct AllOpen {
  const T* d_out;

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, std::size_t i) const {
    return LoadFloats(d, d_out + i);
  }
};

template <class T>
struct Masked {
  const T* d_out;
  const std::uint8_t* mask;

  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, std::size_t i) const {
    return hn::IfThenZeroElse(LoadBits(d, i, mask), LoadFloats(d, d_out + i));
  }
};

template <class T, class Gradient>
struct SummedMemory {
  Gradient g;
  const T* in;
  T* d_other;  // nullptr: not wanted
  const float* mean;
  float* sum;
  float* products;
};

// Adds kLines lines from element `first` on, or the `width` first columns of one: each sum is
// loaded and stored once for all of them.
template <std::size_t kLines, Stores kStores, class Memory>
HWY_INLINE void AddLines(Memory m, std::size_t first, std::size_t width) {
  ForEachLanes(width, [=](auto d, std::size_t column) HWY_ATTR {
    const auto mean = hn::LoadU(d, m.mean + column);
    auto sum = hn::LoadU(d, m.sum + column);
    auto products = hn::LoadU(d, m.products + column);
    for (std::size_t line = 0; line < kLines; ++line) {
      const std::size_t i = first + line * width + column;
      const auto g = m.g(d, i);
      sum = hn::Add(sum, g);
      products = hn::MulAdd(g, hn::Sub(LoadFloats(d, m.in + i), mean), products);
      if (m.d_other != nullptr) StoreAs<kStores>(g, d, m.d_other + i);
    }
    hn::StoreU(sum, d, m.sum + column);
    hn::StoreU(products, d, m.products + column);
  });
}

template <Stores kStores, class Memory>
HWY_INLINE void SumLines(const Memory& memory, std::size_t elements, std::size_t width) {
  constexpr std::size_t kTogether = 4;
  std::size_t i = 0;
  for (; i + kTogether * width <= elements; i += kTogether * width) {
    AddLines<kTogether, kStores>(memory, i, width);
  }
  for (; i < elements; i += width) {
    AddLines<1, kStores>(memory, i, std::min(width, elements - i));
  }
}

template <class T, class Gradient>
HWY_INLINE void SumWith(const Gradient& gradient, const GradientLines& lines,
                        const GradientSums& out) {
  const std::size_t width = out.mean.size();
  const auto elements = static_cast<std::size_t>(lines.in.elements());
  const SummedMemory<T, Gradient> memory = {
      gradient,        lines.in.As<const T>().data(), out.d_other.As<T>().data(), out.mean.data(),
      out.sums.data(), out.sums.data() + width};
  std::fill(out.sums.begin(), out.sums.end(), 0.0F);
  if (lines.stores == Stores::kStreamed && out.d_other.present()) {
    SumLines<Stores::kStreamed>(memory, elements, width);
    hwy::FlushStream();
  } else {
    SumLines<Stores::kCached>(memory, elements, width);
  }
}

template <class T>
HWY_INLINE void SumOfType(const GradientLines& lines, const GradientSums& out) {
  const T* d_out = lines.d_out.As<const T>().data();
  lines.mask.empty() ? SumWith<T>(AllOpen<T>{d_out}, lines, out)
                     : SumWith<T>(Masked<T>{d_out, lines.mask.data()}, lines, out);
}

void Sum(const GradientLines& lines, const GradientSums& out) {
  lines.in.type() == DataType::kBF16 ? SumOfType<Bfloat16>(lines, out)
                                     : SumOfType<float>(lines, out);
}

template <class T, class Gradient>
struct TransformedMemory {
  Gradient g;
  const T* in;
  T* d_in;
  const float* mean;
  const float* from_gradient;
  const float* from_input;
  const float* constant;
};

template <Stores kStores, class Memory>
HWY_INLINE void TransformLine(Memory m, std::size_t first, std::size_t count) {
  ForEachLanes(count, [=](auto d, std::size_t column) HWY_ATTR {
    const std::size_t i = first + column;
    const auto centred = hn::Sub(LoadFloats(d, m.in + i), hn::LoadU(d, m.mean + column));
    const auto without_g =
        hn::MulAdd(centred, hn::LoadU(d, m.from_input + column), hn::LoadU(d, m.constant + column));
    const auto from_gradient = hn::LoadU(d, m.from_gradient + column);
    StoreAs<kStores>(hn::MulAdd(m.g(d, i), from_gradient, without_g), d, m.d_in + i);
  });
}

template <class T, class Gradient>
HWY_INLINE void TransformWith(const Gradient& gradient, const GradientTransform& transform,
                              const GradientLines& lines, T* d_in) {
  const TransformedMemory<T, Gradient> memory = {gradient,
                                                 lines.in.As<const T>().data(),
                                                 d_in,
                                                 transform.mean.data(),
                                                 transform.from_gradient.data(),
                                                 transform.from_input.data(),
                                                 transform.constant.data()};
  const std::size_t width = transform.mean.size();
  const auto elements = static_cast<std::size_t>(lines.in.elements());
  for (std::size_t first = 0; first < elements; first += width) {
    const std::size_t count = std::min(width, elements - first);
    lines.stores == Stores::kStreamed ? TransformLine<Stores::kStreamed>(memory, first, count)
                                      : TransformLine<Stores::kCached>(memory, first, count);
  }
  if (lines.stores == Stores::kStreamed) hwy::FlushStream();
}

template <class T>
HWY_INLINE void TransformOfType(const GradientTransform& transform, const GradientLines& lines,
                                const Tensor& d_in) {
  const T* d_out = lines.d_out.As<const T>().data();
  T* to = d_in.As<T>().data();
  lines.mask.empty() ? TransformWith(AllOpen<T>{d_out}, transform, lines, to)
                     : TransformWith(Masked<T>{d_out, lines.mask.data()}, transform, lines, to);
}

void Transform(const GradientTransform& transform, const GradientLines& lines, Tensor d_in) {
  d_in.type() == DataType::kBF16 ? TransformOfType<Bfloat16>(transform, lines, d_in)
                                 : TransformOfType<float>(transform, lines, d_in);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Sum);
HWY_EXPORT(Transform);

void SumForGradients(const GradientLines& lines, const GradientSums& out) {
  HWY_DYNAMIC_DISPATCH(Sum)(lines, out);
}

void TransformGradients(const GradientTransform& transform, const GradientLines& lines,
                        Tensor d_in) {
  HWY_DYNAMIC_DISPATCH(Transform)(transform, lines, d_in);
}

}  // namespace lockstep
#endif
