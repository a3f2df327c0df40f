#include "onednn_ops/kernels/batch_norm_backward.h"

#include <algorithm>
#include <cstddef>

#include "core/graph/bfloat16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/batch_norm_backward.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/bit_mask-inl.h"
#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// g of the lanes from element i on.
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
    return hn::IfThenElseZero(LoadBits(d, i, mask), LoadFloats(d, d_out + i));
  }
};

// The memory of one call.
template <class T, class Gradient>
struct SummedLines {
  Gradient g;
  const T* in;
  T* d_other;  // nullptr: not wanted
  const float* mean;
  float* sum;
  float* products;
};

// Adds kLines lines from element `first` on, or the `width` first columns of one: each sum is
// loaded and stored once for all of them.
template <std::size_t kLines, class T, class Gradient>
HWY_INLINE void AddLines(const SummedLines<T, Gradient>& lines, std::size_t first,
                         std::size_t width) {
  ForEachLanes(width, [&](auto d, std::size_t column) HWY_ATTR {
    const auto mean = hn::LoadU(d, lines.mean + column);
    auto sum = hn::LoadU(d, lines.sum + column);
    auto products = hn::LoadU(d, lines.products + column);
    for (std::size_t line = 0; line < kLines; ++line) {
      const std::size_t i = first + line * width + column;
      const auto g = lines.g(d, i);
      sum = hn::Add(sum, g);
      products = hn::MulAdd(g, hn::Sub(LoadFloats(d, lines.in + i), mean), products);
      if (lines.d_other != nullptr) StoreFloats(g, d, lines.d_other + i);
    }
    hn::StoreU(sum, d, lines.sum + column);
    hn::StoreU(products, d, lines.products + column);
  });
}

template <class T, class Gradient>
HWY_INLINE void SumLines(const SummedLines<T, Gradient>& lines, std::size_t elements,
                         std::size_t width) {
  constexpr std::size_t kTogether = 4;
  std::size_t i = 0;
  for (; i + kTogether * width <= elements; i += kTogether * width) {
    AddLines<kTogether>(lines, i, width);
  }
  for (; i < elements; i += width) AddLines<1>(lines, i, std::min(width, elements - i));
}

template <class T>
HWY_INLINE void SumOfType(const GradientLines& lines, std::span<const float> mean,
                          std::span<float> sums, Tensor d_other) {
  const T* d_out = lines.d_out.As<const T>().data();
  const T* in = lines.in.As<const T>().data();
  T* other = d_other.As<T>().data();
  const std::size_t width = mean.size();
  const auto elements = static_cast<std::size_t>(lines.in.elements());
  float* sum = sums.data();
  std::fill(sums.begin(), sums.end(), 0.0F);
  if (lines.mask.empty()) {
    SumLines(SummedLines<T, AllOpen<T>>{{d_out}, in, other, mean.data(), sum, sum + width},
             elements, width);
  } else {
    SumLines(
        SummedLines<T, Masked<T>>{
            {d_out, lines.mask.data()}, in, other, mean.data(), sum, sum + width},
        elements, width);
  }
}

void Sum(const GradientLines& lines, std::span<const float> mean, std::span<float> sums,
         Tensor d_other) {
  lines.in.type() == DataType::kBF16 ? SumOfType<Bfloat16>(lines, mean, sums, d_other)
                                     : SumOfType<float>(lines, mean, sums, d_other);
}

template <class T, class Gradient>
HWY_INLINE void TransformLines(const GradientTransform& transform, const Gradient& gradient,
                               std::span<const T> in, std::span<T> d_in) {
  const std::size_t width = transform.mean.size();
  for (std::size_t first = 0; first < in.size(); first += width) {
    ForEachLanes(std::min(width, in.size() - first), [&](auto d, std::size_t column) HWY_ATTR {
      const std::size_t i = first + column;
      const auto centred =
          hn::Sub(LoadFloats(d, in.data() + i), hn::LoadU(d, transform.mean.data() + column));
      const auto without_g = hn::MulAdd(centred, hn::LoadU(d, transform.from_input.data() + column),
                                        hn::LoadU(d, transform.constant.data() + column));
      const auto from_gradient = hn::LoadU(d, transform.from_gradient.data() + column);
      StoreFloats(hn::MulAdd(gradient(d, i), from_gradient, without_g), d, d_in.data() + i);
    });
  }
}

template <class T>
HWY_INLINE void TransformOfType(const GradientTransform& transform, const GradientLines& lines,
                                Tensor d_in) {
  const T* d_out = lines.d_out.As<const T>().data();
  const auto in = lines.in.As<const T>();
  if (lines.mask.empty()) {
    TransformLines(transform, AllOpen<T>{d_out}, in, d_in.As<T>());
  } else {
    TransformLines(transform, Masked<T>{d_out, lines.mask.data()}, in, d_in.As<T>());
  }
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

void SumForGradients(const GradientLines& lines, std::span<const float> mean, std::span<float> sums,
                     Tensor d_other) {
  HWY_DYNAMIC_DISPATCH(Sum)(lines, mean, sums, d_other);
}

void TransformGradients(const GradientTransform& transform, const GradientLines& lines,
                        Tensor d_in) {
  HWY_DYNAMIC_DISPATCH(Transform)(transform, lines, d_in);
}

}  // namespace lockstep
#endif
