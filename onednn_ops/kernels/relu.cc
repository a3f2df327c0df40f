#include "onednn_ops/kernels/relu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/relu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

template <typename T>
void ForwardAs(const Tensor& in, const Tensor& out) {
  const T* from = in.As<const T>().data();
  const auto to = out.As<T>();
  ForEachLanes(to.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto x = LoadFloats(d, from + i);
    StoreFloats(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), d, to.data() + i);
  });
}

template <typename T>
void BackwardAs(const Tensor& out, const Tensor& d_out, const Tensor& d_in) {
  const T* y = out.As<const T>().data();
  const T* d_y = d_out.As<const T>().data();
  const auto d_x = d_in.As<T>();
  ForEachLanes(d_x.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto closed = hn::Le(LoadFloats(d, y + i), hn::Zero(d));
    StoreFloats(hn::IfThenZeroElse(closed, LoadFloats(d, d_y + i)), d, d_x.data() + i);
  });
}

void Forward(const Tensor& in, const Tensor& out) {
  out.type() == DataType::kBF16 ? ForwardAs<Bfloat16>(in, out) : ForwardAs<float>(in, out);
}

void Backward(const Tensor& out, const Tensor& d_out, const Tensor& d_in) {
  d_in.type() == DataType::kBF16 ? BackwardAs<Bfloat16>(out, d_out, d_in)
                                 : BackwardAs<float>(out, d_out, d_in);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

void ReluForward(const Tensor& in, const Tensor& out) { HWY_DYNAMIC_DISPATCH(Forward)(in, out); }

void ReluBackward(const Tensor& out, const Tensor& d_out, const Tensor& d_in) {
  HWY_DYNAMIC_DISPATCH(Backward)(out, d_out, d_in);
}

}  // namespace lockstep
#endif
