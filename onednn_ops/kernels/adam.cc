#include "onednn_ops/kernels/adam.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/adam.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

template <class D>
HWY_INLINE void UpdateLanes(D d, const AdamRates& rates, const AdamWeights& weights,
                            std::size_t i) {
  const auto times = [d](float factor, auto value)
                         HWY_ATTR { return hn::Mul(hn::Set(d, factor), value); };
  const auto w = times(rates.kept_weight, hn::LoadU(d, weights.master.data() + i));
  const auto gradient =
      hn::Add(times(rates.gradient_scale, hn::LoadU(d, weights.gradient.data() + i)),
              times(rates.gradient_decay, w));
  const auto mean = hn::Add(times(rates.beta1, hn::LoadU(d, weights.mean.data() + i)),
                            times(rates.gradient_share, gradient));
  const auto square = hn::Mul(gradient, gradient);
  const auto mean_square = hn::Add(times(rates.beta2, hn::LoadU(d, weights.mean_square.data() + i)),
                                   times(rates.square_share, square));
  const auto root = hn::Div(hn::Sqrt(mean_square), hn::Set(d, rates.square_root_correction));
  const auto divisor = hn::Add(root, hn::Set(d, rates.epsilon));
  const auto change = hn::Div(times(rates.step_size, mean), divisor);
  hn::StoreU(mean, d, weights.mean.data() + i);
  hn::StoreU(mean_square, d, weights.mean_square.data() + i);
  hn::StoreU(hn::Sub(w, change), d, weights.master.data() + i);
}

void Update(const AdamRates& rates, const AdamWeights& weights) {
  ForEachLanes(weights.master.size(),
               [&](auto d, std::size_t i) HWY_ATTR { UpdateLanes(d, rates, weights, i); });
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Update);

void Adam(const AdamRates& rates, const AdamWeights& weights) {
  HWY_DYNAMIC_DISPATCH(Update)(rates, weights);
}

}  // namespace lockstep
#endif
