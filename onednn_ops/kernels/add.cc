#include "onednn_ops/kernels/add.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/add.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

template <typename T>
void AddAs(const Tensor& a, const Tensor& b, const Tensor& out) {
  const T* left = a.As<const T>().data();
  const T* right = b.As<const T>().data();
  const auto sums = out.As<T>();
  ForEachLanes(sums.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const auto sum = hn::Add(LoadFloats(d, left + i), LoadFloats(d, right + i));
    StoreFloats(sum, d, sums.data() + i);
  });
}

void Add(const Tensor& a, const Tensor& b, const Tensor& out) {
  out.type() == DataType::kBF16 ? AddAs<Bfloat16>(a, b, out) : AddAs<float>(a, b, out);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Add);

void AddElements(const Tensor& a, const Tensor& b, const Tensor& out) {
  HWY_DYNAMIC_DISPATCH(Add)(a, b, out);
}

}  // namespace lockstep
#endif
