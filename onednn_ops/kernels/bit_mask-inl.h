// One bit an element: which elements of an activation a ReLU lets through. Bit i % 8 of byte i / 8
// belongs to element i, whatever the lanes. Included by kernels once for each instruction set, as
// float_lanes-inl.h is.

#if defined(LOCKSTEP_BIT_MASK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOCKSTEP_BIT_MASK_INL_H_
#undef LOCKSTEP_BIT_MASK_INL_H_
#else
#define LOCKSTEP_BIT_MASK_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Stores the bits of elements i to i + lanes; i is a multiple of the lanes. Fewer than 8 lanes
/// share a byte: they are stored in ascending order of i.
template <class D>
HWY_INLINE void StoreBits(hn::Mask<D> mask, D d, std::size_t i, std::uint8_t* bits) {
  std::array<std::uint8_t, 8> bytes = {};  // as many as StoreMaskBits may touch
  if (hn::Lanes(d) >= 8) {
    const std::size_t count = hn::StoreMaskBits(d, mask, bytes.data());
    for (std::size_t b = 0; b < count; ++b) bits[i / 8 + b] = bytes[b];
  } else {
    hn::StoreMaskBits(d, mask, bytes.data());
    const unsigned before = i % 8 == 0 ? 0U : bits[i / 8];
    bits[i / 8] = static_cast<std::uint8_t>(before | static_cast<unsigned>(bytes[0]) << i % 8);
  }
}

/// The mask that StoreBits stored.
template <class D>
HWY_INLINE hn::Mask<D> LoadBits(D d, std::size_t i, const std::uint8_t* bits) {
  std::array<std::uint8_t, 8> bytes = {};  // as many as LoadMaskBits may touch
  if (hn::Lanes(d) >= 8) {
    for (std::size_t b = 0; b < hn::Lanes(d) / 8; ++b) bytes[b] = bits[i / 8 + b];
  } else {
    bytes[0] = static_cast<std::uint8_t>(bits[i / 8] >> i % 8);
  }
  return hn::LoadMaskBits(d, bytes.data());
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
