#include "onednn_ops/kernels/convert.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/convert.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

template <typename From, typename To>
void Convert(std::span<const From> in, std::span<To> out) {
  ForEachLanes(out.size(), [&](auto d, std::size_t i) HWY_ATTR {
    StoreFloats(LoadFloats(d, in.data() + i), d, out.data() + i);
  });
}

void Widen(const Tensor& in, std::span<float> out) {
  in.type() == DataType::kBF16 ? Convert(in.As<const Bfloat16>(), out)
                               : Convert(in.As<const float>(), out);
}

void Round(std::span<const float> in, const Tensor& out) {
  out.type() == DataType::kBF16 ? Convert(in, out.As<Bfloat16>()) : Convert(in, out.As<float>());
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Widen);
HWY_EXPORT(Round);

void WidenElements(const Tensor& in, std::span<float> out) { HWY_DYNAMIC_DISPATCH(Widen)(in, out); }

void RoundElements(std::span<const float> in, const Tensor& out) {
  HWY_DYNAMIC_DISPATCH(Round)(in, out);
}

}  // namespace lockstep
#endif
