#pragma once

// Element types of tensors, shared by the plan, the back ends and the file formats.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lockstep {

enum class DataType : std::uint8_t { kF32, kBF16, kF16, kF64, kI32, kI64, kU8 };

/// Bytes of one element.
constexpr std::size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kF64:
    case DataType::kI64:
      return 8;
    case DataType::kF32:
    case DataType::kI32:
      return 4;
    case DataType::kBF16:
    case DataType::kF16:
      return 2;
    case DataType::kU8:
      return 1;
  }
  return 0;
}

/// The name used by safetensors: "F32", "BF16", "F16", "F64", "I32", "I64", "U8".
std::string_view NameOf(DataType type);

}  // namespace lockstep
