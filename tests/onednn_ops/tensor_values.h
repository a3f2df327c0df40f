#pragma once

// Tensors of any type as values in double precision, and back.

#include <cstddef>
#include <vector>

#include "core/graph/tensor.h"
#include "tests/onednn_ops/reference_ops.h"

namespace lockstep {

// Types: F32, BF16, U8 and I32; others throw std::logic_error.

/// Rounds to the tensor's type.
void WriteValues(const Tensor& tensor, const Values& values);
Values ReadValues(const Tensor& tensor);
/// What `type` keeps of `values`.
Values RoundedTo(DataType type, const Values& values);

/// A tensor of rank 1 with memory of its own, of `type`, holding `values`.
class OwnedTensor {
 public:
  OwnedTensor(DataType type, const Values& values);

  const Tensor& view() const { return view_; }
  Values values() const { return ReadValues(view_); }

 private:
  std::vector<std::byte> memory_;
  Tensor view_;
};

}  // namespace lockstep
