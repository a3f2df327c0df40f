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
HWY_INLINE void StoreFloats(hn::Vec<D> lanes, D /*d*/, Bfloat16* to) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::RebindToUnsigned<D> d32;
  const auto bits = hn::BitCast(d32, lanes);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7FFF)));
  const auto quiet = hn::Or(bits, hn::Set(d32, 0x400000));
  const auto is_nan = hn::RebindMask(d32, hn::IsNaN(lanes));
  const auto upper = hn::ShiftRight<16>(hn::IfThenElse(is_nan, quiet, rounded));
  const auto narrow = hn::DemoteTo(d16, hn::BitCast(hn::RebindToSigned<D>(), upper));
  hn::StoreU(narrow, d16, reinterpret_cast<std::uint16_t*>(to));
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
