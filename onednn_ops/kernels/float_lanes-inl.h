// float32 lanes from and to memory of float32 or bfloat16: what lets one kernel body serve both
// types. Included by kernels once for each instruction set, between HWY_BEFORE_NAMESPACE and their
// own code; hence Highway's guard instead of #pragma once.

#if defined(LOCKSTEP_FLOAT_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOCKSTEP_FLOAT_LANES_INL_H_
#undef LOCKSTEP_FLOAT_LANES_INL_H_
#else
#define LOCKSTEP_FLOAT_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "core/graph/bfloat16.h"
#include "onednn_ops/kernels/stores.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> LoadFloats(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <class D>
HWY_INLINE hn::Vec<D> LoadFloats(D d, const Bfloat16* from) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::Rebind<std::uint32_t, D> d32;
  const auto bits = hn::LoadU(d16, reinterpret_cast<const std::uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, bits)));
}

template <class D>
HWY_INLINE void StoreFloats(hn::Vec<D> lanes, D d, float* to) {
  hn::StoreU(lanes, d, to);
}

/// Rounds as ToBfloat16 does.
template <class D>
HWY_INLINE hn::Vec<hn::Rebind<std::uint16_t, D>> RoundedToBfloat16(hn::Vec<D> lanes, D /*d*/) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::RebindToUnsigned<D> d32;
  const auto bits = hn::BitCast(d32, lanes);
  const auto is_odd = hn::TestBit(bits, hn::Set(d32, 0x10000));
  const auto below_half = hn::IfThenElse(is_odd, hn::Set(d32, 0x8000), hn::Set(d32, 0x7FFF));
  auto rounded = hn::Add(bits, below_half);
  const auto is_nan = hn::RebindMask(d32, hn::IsNaN(lanes));
  if (HWY_UNLIKELY(!hn::AllFalse(d32, is_nan))) {
    rounded = hn::IfThenElse(is_nan, hn::Or(bits, hn::Set(d32, 0x400000)), rounded);
  }
  return hn::TruncateTo(d16, hn::ShiftRight<16>(rounded));
}

template <class D>
HWY_INLINE void StoreFloats(hn::Vec<D> lanes, D d, Bfloat16* to) {
  const hn::Rebind<std::uint16_t, D> d16;
  hn::StoreU(RoundedToBfloat16(lanes, d), d16, reinterpret_cast<std::uint16_t*>(to));
}

/// As StoreFloats, past the caches: without reading the memory first, which halves the traffic of
/// what is too large to stay in a cache anyway. `to` is aligned to the bytes stored. Other threads
/// see it after hwy::FlushStream() and a barrier.
template <class D>
HWY_INLINE void StreamFloats(hn::Vec<D> lanes, D d, float* to) {
  // Highway streams no less than 16 bytes.
  hn::MaxLanes(D()) < 4 ? hn::StoreU(lanes, d, to) : hn::Stream(lanes, d, to);
}

template <class D>
HWY_INLINE void StreamFloats(hn::Vec<D> lanes, D d, Bfloat16* to) {
  const hn::Rebind<std::uint16_t, D> d16;
  auto* bits = reinterpret_cast<std::uint16_t*>(to);
  hn::MaxLanes(D()) < 8 ? hn::StoreU(RoundedToBfloat16(lanes, d), d16, bits)
                        : hn::Stream(RoundedToBfloat16(lanes, d), d16, bits);
}

template <Stores kStores, class D, class T>
HWY_INLINE void StoreAs(hn::Vec<D> lanes, D d, T* to) {
  kStores == Stores::kStreamed ? StreamFloats(lanes, d, to) : StoreFloats(lanes, d, to);
}

/// Calls `body(d, i)` for runs of lanes that cover [0, elements): whole registers, then single
/// lanes. A lambda is written `[&](auto d, std::size_t i) HWY_ATTR { ... }`.
template <class Body>
HWY_INLINE void ForEachLanes(std::size_t elements, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= elements; i += lanes) body(d, i);
  for (; i < elements; ++i) body(one, i);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
