#include "onednn_ops/kernels/ceiling_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/ceiling_loops.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Two units with a latency of 4 to 5 cycles need 8 to 10 chains; 16 registers hold 12 of them and
// the two factors on every instruction set. Spelled out, since an array would be kept in memory,
// and each with a start of its own, since the compiler computes equal chains once.
MultiplyAdds OnRegisters(std::int64_t rounds) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.999999F);
  const auto addend = hn::Set(d, 1e-6F);
  auto a = hn::Iota(d, 1.0F);
  auto b = hn::Iota(d, 2.0F);
  auto c = hn::Iota(d, 3.0F);
  auto e = hn::Iota(d, 4.0F);
  auto f = hn::Iota(d, 5.0F);
  auto g = hn::Iota(d, 6.0F);
  auto h = hn::Iota(d, 7.0F);
  auto i = hn::Iota(d, 8.0F);
  auto j = hn::Iota(d, 9.0F);
  auto k = hn::Iota(d, 10.0F);
  auto l = hn::Iota(d, 11.0F);
  auto m = hn::Iota(d, 12.0F);
  for (std::int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, addend);
    b = hn::MulAdd(b, factor, addend);
    c = hn::MulAdd(c, factor, addend);
    e = hn::MulAdd(e, factor, addend);
    f = hn::MulAdd(f, factor, addend);
    g = hn::MulAdd(g, factor, addend);
    h = hn::MulAdd(h, factor, addend);
    i = hn::MulAdd(i, factor, addend);
    j = hn::MulAdd(j, factor, addend);
    k = hn::MulAdd(k, factor, addend);
    l = hn::MulAdd(l, factor, addend);
    m = hn::MulAdd(m, factor, addend);
  }
  a = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i)));
  a = hn::Add(a, hn::Add(hn::Add(j, k), hn::Add(l, m)));
  constexpr std::int64_t kChains = 12;
  return {2 * kChains * rounds * static_cast<std::int64_t>(hn::Lanes(d)),
          hn::GetLane(hn::SumOfLanes(d, a))};
}

void AddScaled(std::span<const float> a, std::span<const float> b, float factor,
               std::span<float> out) {
  const hn::ScalableTag<float> d;
  const auto factors = hn::Set(d, factor);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= out.size(); i += lanes) {
    const auto sum = hn::MulAdd(hn::LoadU(d, b.data() + i), factors, hn::LoadU(d, a.data() + i));
    hn::StoreU(sum, d, out.data() + i);
  }
  for (; i < out.size(); ++i) {
    out[i] = a[i] + factor * b[i];
  }
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(OnRegisters);
HWY_EXPORT(AddScaled);

MultiplyAdds MultiplyAddOnRegisters(std::int64_t rounds) {
  return HWY_DYNAMIC_DISPATCH(OnRegisters)(rounds);
}

void Triad(std::span<const float> a, std::span<const float> b, float factor, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(AddScaled)(a, b, factor, out);
}

}  // namespace lockstep
#endif
