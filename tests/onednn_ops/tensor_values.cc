#include "tests/onednn_ops/tensor_values.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "core/graph/bfloat16.h"

namespace lockstep {

void WriteValues(const Tensor& tensor, const Values& values) {
  switch (tensor.type()) {
    case DataType::kF32:
      std::copy(values.begin(), values.end(), tensor.As<float>().begin());
      return;
    case DataType::kBF16:
      std::transform(values.begin(), values.end(), tensor.As<Bfloat16>().begin(),
                     [](double value) { return ToBfloat16(static_cast<float>(value)); });
      return;
    case DataType::kU8:
      std::copy(values.begin(), values.end(), tensor.As<std::uint8_t>().begin());
      return;
    case DataType::kI32:
      std::copy(values.begin(), values.end(), tensor.As<std::int32_t>().begin());
      return;
    default:
      throw std::logic_error("no test writes tensors of this type");
  }
}

Values ReadValues(const Tensor& tensor) {
  Values values;
  switch (tensor.type()) {
    case DataType::kBF16:
      std::ranges::transform(tensor.As<const Bfloat16>(), std::back_inserter(values), ToFloat);
      return values;
    case DataType::kU8:
      std::ranges::copy(tensor.As<const std::uint8_t>(), std::back_inserter(values));
      return values;
    case DataType::kI32:
      std::ranges::copy(tensor.As<const std::int32_t>(), std::back_inserter(values));
      return values;
    default:
      std::ranges::copy(tensor.As<const float>(), std::back_inserter(values));
      return values;
  }
}

Values RoundedTo(DataType type, const Values& values) { return OwnedTensor(type, values).values(); }

OwnedTensor::OwnedTensor(DataType type, const Values& values)
    : memory_(values.size() * SizeOf(type)),
      view_(memory_.data(), Shape{static_cast<std::int64_t>(values.size())}, type) {
  WriteValues(view_, values);
}

}  // namespace lockstep
