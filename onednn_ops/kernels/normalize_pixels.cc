#include "onednn_ops/kernels/normalize_pixels.h"

#include <algorithm>
#include <stdexcept>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/normalize_pixels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

// At most as many pixels as the tables hold.
template <typename T>
void NormalizeRun(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                  std::span<T> out) {
  const float* scales = scaling.scales().data();
  const float* biases = scaling.biases().data();
  ForEachLanes(pixels.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const hn::RebindToSigned<decltype(d)> words;
    const hn::Rebind<std::uint8_t, decltype(d)> bytes;
    const auto whole = hn::PromoteTo(words, hn::LoadU(bytes, pixels.data() + i));
    const auto scaled = hn::Mul(hn::ConvertTo(d, whole), hn::LoadU(d, scales + i));
    StoreFloats(hn::Add(scaled, hn::LoadU(d, biases + i)), d, out.data() + i);
  });
}

template <typename T>
void NormalizeAs(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                 std::span<T> out) {
  const std::size_t run = scaling.scales().size();
  for (std::size_t first = 0; first < pixels.size(); first += run) {
    const std::size_t count = std::min(run, pixels.size() - first);
    NormalizeRun(pixels.subspan(first, count), scaling, out.subspan(first, count));
  }
}

void Normalize(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
               const Tensor& out) {
  out.type() == DataType::kBF16 ? NormalizeAs(pixels, scaling, out.As<Bfloat16>())
                                : NormalizeAs(pixels, scaling, out.As<float>());
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Normalize);

PixelScaling::PixelScaling(std::span<const float> mean, std::span<const float> deviation)
    : channels_(mean.size()) {
  if (mean.empty() || mean.size() != deviation.size()) {
    throw std::logic_error("pixels need a mean and a deviation for each channel");
  }
  for (std::size_t i = 0; i < kPixels * channels_; ++i) {
    const double std_of_channel = deviation[i % channels_];
    scales_.push_back(static_cast<float>(1 / (255 * std_of_channel)));
    biases_.push_back(static_cast<float>(-mean[i % channels_] / std_of_channel));
  }
}

void NormalizePixels(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                     const Tensor& out) {
  HWY_DYNAMIC_DISPATCH(Normalize)(pixels, scaling, out);
}

}  // namespace lockstep
#endif
