#include "core/graph/data_type.h"

namespace lockstep {

std::string_view NameOf(DataType type) {
  switch (type) {
    case DataType::kF32:
      return "F32";
    case DataType::kBF16:
      return "BF16";
    case DataType::kF16:
      return "F16";
    case DataType::kF64:
      return "F64";
    case DataType::kI32:
      return "I32";
    case DataType::kI64:
      return "I64";
    case DataType::kU8:
      return "U8";
  }
  return "?";
}

}  // namespace lockstep
