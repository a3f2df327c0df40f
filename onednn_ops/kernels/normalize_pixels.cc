#include "onednn_ops/kernels/normalize_pixels.h"

#include <algorithm>
#include <stdexcept>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/normalize_pixels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most as many pixels as the tables hold.
void NormalizeRun(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                  std::span<float> out) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  const std::span<const float> scales = scaling.scales();
  const std::span<const float> biases = scaling.biases();
  std::size_t i = 0;
  for (; i + lanes <= pixels.size(); i += lanes) {
    const auto p = hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(du, pixels.data() + i)));
    const auto scaled = hn::Mul(p, hn::LoadU(d, scales.data() + i));
    hn::StoreU(hn::Add(scaled, hn::LoadU(d, biases.data() + i)), d, out.data() + i);
  }
  for (; i < pixels.size(); ++i) {
    out[i] = static_cast<float>(pixels[i]) * scales[i] + biases[i];
  }
}

void Normalize(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
               std::span<float> out) {
  const std::size_t run = scaling.scales().size();
  for (std::size_t first = 0; first < pixels.size(); first += run) {
    const std::size_t count = std::min(run, pixels.size() - first);
    NormalizeRun(pixels.subspan(first, count), scaling, out.subspan(first, count));
  }
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
                     std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(Normalize)(pixels, scaling, out);
}

}  // namespace lockstep
#endif
