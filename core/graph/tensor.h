#pragma once

// A typed view of memory that somebody else owns: an arena, a stage, a weight buffer. What ops read
// and write.

#include <cstddef>
#include <span>
#include <stdexcept>

#include "core/graph/data_type.h"
#include "core/graph/shape.h"

namespace lockstep {

/// Maps a C++ type to its DataType, for typed access on the host.
template <typename T>
struct DataTypeOf;
template <>
struct DataTypeOf<float> {
  static constexpr DataType kValue = DataType::kF32;
};
template <>
struct DataTypeOf<double> {
  static constexpr DataType kValue = DataType::kF64;
};
template <>
struct DataTypeOf<std::int32_t> {
  static constexpr DataType kValue = DataType::kI32;
};
template <>
struct DataTypeOf<std::int64_t> {
  static constexpr DataType kValue = DataType::kI64;
};
template <>
struct DataTypeOf<std::uint8_t> {
  static constexpr DataType kValue = DataType::kU8;
};

/// Cheap to copy; never allocates. A default-constructed one is "absent": no memory.
class Tensor {
 public:
  Tensor() = default;
  Tensor(void* data, Shape shape, DataType type) : data_(data), shape_(shape), type_(type) {}

  void* data() const { return data_; }
  const Shape& shape() const { return shape_; }
  DataType type() const { return type_; }
  std::int64_t elements() const { return data_ == nullptr ? 0 : shape_.elements(); }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * SizeOf(type_); }
  bool present() const { return data_ != nullptr; }

  /// The elements as T; only for memory that the host can read. Throws std::logic_error on another
  /// type.
  template <typename T>
  std::span<T> As() const {
    if (present() && DataTypeOf<std::remove_const_t<T>>::kValue != type_) {
      throw std::logic_error("tensor read as another type than its own");
    }
    return {static_cast<T*>(data_), static_cast<std::size_t>(elements())};
  }

  /// `count` consecutive elements from `first`, as a tensor of rank 1.
  Tensor Range(std::int64_t first, std::int64_t count) const {
    auto* start = static_cast<std::byte*>(data_) + static_cast<std::size_t>(first) * SizeOf(type_);
    return Tensor(start, Shape{count}, type_);
  }

  /// The same memory under another shape with as many elements.
  Tensor Reshaped(Shape shape) const { return Tensor(data_, shape, type_); }

 private:
  void* data_ = nullptr;
  Shape shape_;
  DataType type_ = DataType::kF32;
};

}  // namespace lockstep
