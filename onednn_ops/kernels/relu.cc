#include "onednn_ops/kernels/relu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/relu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void Forward(std::span<const float> in, std::span<float> out) {
  const hn::ScalableTag<float> d;
  const auto zero = hn::Zero(d);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= in.size(); i += lanes) {
    const auto x = hn::LoadU(d, in.data() + i);
    hn::StoreU(hn::IfThenZeroElse(hn::Lt(x, zero), x), d, out.data() + i);
  }
  for (; i < in.size(); ++i) {
    out[i] = in[i] < 0 ? 0 : in[i];
  }
}

void Backward(std::span<const float> out, std::span<const float> d_out, std::span<float> d_in) {
  const hn::ScalableTag<float> d;
  const auto zero = hn::Zero(d);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= out.size(); i += lanes) {
    const auto closed = hn::Le(hn::LoadU(d, out.data() + i), zero);
    hn::StoreU(hn::IfThenZeroElse(closed, hn::LoadU(d, d_out.data() + i)), d, d_in.data() + i);
  }
  for (; i < out.size(); ++i) {
    d_in[i] = out[i] <= 0 ? 0 : d_out[i];
  }
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

void ReluForward(std::span<const float> in, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(Forward)(in, out);
}

void ReluBackward(std::span<const float> out, std::span<const float> d_out, std::span<float> d_in) {
  HWY_DYNAMIC_DISPATCH(Backward)(out, d_out, d_in);
}

}  // namespace lockstep
#endif
