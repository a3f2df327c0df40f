#include "onednn_ops/kernels/sgd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/sgd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

enum class Rule { kPlain, kMomentum, kNesterov };

// `D` is a tag of a full register or of one lane.
template <Rule kRule, class D>
HWY_INLINE void UpdateLanes(D d, const SgdRates& rates, const SgdWeights& weights, std::size_t i) {
  const auto w = hn::LoadU(d, weights.master.data() + i);
  const auto decay = hn::Mul(hn::Set(d, rates.weight_decay), w);
  const auto gradient =
      hn::Mul(hn::Set(d, rates.gradient_scale), hn::LoadU(d, weights.gradient.data() + i));
  auto direction = hn::Add(gradient, decay);
  if constexpr (kRule != Rule::kPlain) {
    const auto momentum = hn::Set(d, rates.momentum);
    const auto kept = hn::Mul(momentum, hn::LoadU(d, weights.velocity.data() + i));
    const auto velocity = hn::Add(kept, direction);
    hn::StoreU(velocity, d, weights.velocity.data() + i);
    direction =
        kRule == Rule::kNesterov ? hn::Add(direction, hn::Mul(momentum, velocity)) : velocity;
  }
  const auto change = hn::Mul(hn::Set(d, rates.learning_rate), direction);
  hn::StoreU(hn::Sub(w, change), d, weights.master.data() + i);
}

template <Rule kRule>
void Update(const SgdRates& rates, const SgdWeights& weights) {
  ForEachLanes(weights.master.size(),
               [&](auto d, std::size_t i) HWY_ATTR { UpdateLanes<kRule>(d, rates, weights, i); });
}

void Plain(const SgdRates& rates, const SgdWeights& weights) {
  Update<Rule::kPlain>(rates, weights);
}
void Momentum(const SgdRates& rates, const SgdWeights& weights) {
  Update<Rule::kMomentum>(rates, weights);
}
void Nesterov(const SgdRates& rates, const SgdWeights& weights) {
  Update<Rule::kNesterov>(rates, weights);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Plain);
HWY_EXPORT(Momentum);
HWY_EXPORT(Nesterov);

void SgdPlain(const SgdRates& rates, const SgdWeights& weights) {
  HWY_DYNAMIC_DISPATCH(Plain)(rates, weights);
}
void SgdMomentum(const SgdRates& rates, const SgdWeights& weights) {
  HWY_DYNAMIC_DISPATCH(Momentum)(rates, weights);
}
void SgdNesterov(const SgdRates& rates, const SgdWeights& weights) {
  HWY_DYNAMIC_DISPATCH(Nesterov)(rates, weights);
}

}  // namespace lockstep
#endif
