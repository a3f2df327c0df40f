#pragma once

// IDX files as text, for tests that damage them.

#include <cstdint>
#include <initializer_list>
#include <string>

namespace lockstep {

/// Four bytes, most significant first.
inline std::string BigEndian(std::uint32_t word) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(word >> shift);
  return bytes;
}

inline std::string IdxHeader(std::initializer_list<std::uint32_t> extents) {
  std::string bytes = BigEndian(0x800 + static_cast<std::uint32_t>(extents.size()));
  for (const std::uint32_t extent : extents) bytes += BigEndian(extent);
  return bytes;
}

}  // namespace lockstep
