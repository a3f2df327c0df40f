#pragma once

// The extents of a tensor. A small value: no allocation, cheap to copy and compare.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace lockstep {

class Shape {
 public:
  static constexpr int kMaxRank = 6;

  /// The shape of a scalar: rank 0, one element.
  Shape() = default;
  /// Throws std::length_error above kMaxRank extents.
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  /// `axis` in [0, rank()).
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::span<const std::int64_t> extents() const {
    return {extents_.data(), static_cast<std::size_t>(rank_)};
  }
  /// Product of the extents; 1 for a scalar.
  std::int64_t elements() const;

  friend bool operator==(const Shape& a, const Shape& b) = default;

 private:
  std::array<std::int64_t, kMaxRank> extents_ = {};
  int rank_ = 0;
};

/// "[8, 28, 28, 1]".
std::string ToText(const Shape& shape);

}  // namespace lockstep
