#include "onednn_ops/kernels/block_norm.h"

#include <array>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/block_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kPartialSums = 16;

double Squares(std::span<const float> values) {
  const hn::CappedTag<double, kPartialSums> d;
  const hn::Rebind<float, decltype(d)> df;
  constexpr std::size_t kLanes = hn::MaxLanes(d);
  std::array<hn::Vec<decltype(d)>, kPartialSums / kLanes> sums;
  sums.fill(hn::Zero(d));
  std::size_t i = 0;
  for (; i + kPartialSums <= values.size(); i += kPartialSums) {
    for (std::size_t part = 0; part < sums.size(); ++part) {
      const auto value = hn::PromoteTo(d, hn::LoadU(df, values.data() + i + part * kLanes));
      sums[part] = hn::MulAdd(value, value, sums[part]);  // the product is exact with and without
    }
  }
  std::array<double, kPartialSums> partial;
  for (std::size_t part = 0; part < sums.size(); ++part) {
    hn::StoreU(sums[part], d, partial.data() + part * kLanes);
  }
  for (; i < values.size(); ++i) {
    partial[i % kPartialSums] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  for (std::size_t half = kPartialSums / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) partial[lane] += partial[lane + half];
  }
  return partial[0];
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Squares);

double SumSquares(std::span<const float> values) { return HWY_DYNAMIC_DISPATCH(Squares)(values); }

}  // namespace lockstep
#endif
