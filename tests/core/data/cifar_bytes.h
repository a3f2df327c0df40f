#pragma once

// Records of CIFAR's binary files as text, every byte of which says where it belongs.

#include <cstdint>
#include <string>

namespace lockstep {

/// The value of pixel (y, x) of a plane (0 red, 1 green, 2 blue) of the record that `seed` names.
inline std::uint8_t CifarValue(int seed, int plane, int pixel) {
  return static_cast<std::uint8_t>((89 * seed + 83 * plane + pixel % 32 + 7 * (pixel / 32)) % 256);
}

/// The three planes, row by row.
inline std::string CifarPlanes(int seed) {
  std::string bytes;
  for (int plane = 0; plane < 3; ++plane) {
    for (int pixel = 0; pixel < 32 * 32; ++pixel) {
      bytes += static_cast<char>(CifarValue(seed, plane, pixel));
    }
  }
  return bytes;
}

inline std::string Cifar10Record(int label, int seed) {
  return static_cast<char>(label) + CifarPlanes(seed);
}

inline std::string Cifar100Record(int coarse, int fine, int seed) {
  return static_cast<char>(coarse) + Cifar10Record(fine, seed);
}

}  // namespace lockstep
