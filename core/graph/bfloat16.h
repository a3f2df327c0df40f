#pragma once

// The 16-bit float with float32's exponent (Intel, "BFLOAT16 hardware numerics definition", 2018),
// as values on the host. Kernels and devices have their own.

#include <bit>
#include <cstdint>

#include "core/graph/tensor.h"

namespace lockstep {

/// The upper half of a float32.
struct Bfloat16 {
  std::uint16_t bits = 0;
};
static_assert(sizeof(Bfloat16) == 2);

template <>
struct DataTypeOf<Bfloat16> {
  static constexpr DataType kValue = DataType::kBF16;
};

/// Exact.
inline float ToFloat(Bfloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

/// Rounds to the nearest, ties to even; too large becomes infinity, a NaN stays a (quiet) NaN.
inline Bfloat16 ToBfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) {
    return {static_cast<std::uint16_t>(bits >> 16 | 0x40U)};
  }
  const std::uint32_t to_even = 0x7FFFU + (bits >> 16 & 1U);
  return {static_cast<std::uint16_t>((bits + to_even) >> 16)};
}

}  // namespace lockstep
