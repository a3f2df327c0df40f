#pragma once

// Draws the pictures of the generated data set: ten signs made of strokes, distorted, among stray
// strokes and noise.

#include <cstdint>
#include <span>

namespace lockstep {

/// Picture `number` of the endless series; a pure function. Uses + - * / and square root alone,
/// which IEEE 754 rounds in one way, so the bytes are the same on every machine. Thread-safe.
class GlyphPainter {
 public:
  static constexpr int kClasses = 10;
  static constexpr int kSide = 28;

  /// Classes take turns: the label of picture `number` is number % 10.
  static int LabelOf(std::uint64_t number) { return static_cast<int>(number % kClasses); }
  /// Writes the picture, [kSide, kSide] grey.
  void Paint(std::uint64_t number, std::span<std::uint8_t> pixels) const;
};

}  // namespace lockstep
