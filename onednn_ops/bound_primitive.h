#pragma once

// A primitive of oneDNN with its arguments: made once when memory is bound, run in every step
// without building an argument list.

#include <oneapi/dnnl/dnnl.hpp>
#include <utility>
#include <vector>

#include "core/graph/tensor.h"

namespace lockstep {

/// The number of an argument (DNNL_ARG_...) and its memory.
using PrimitiveArgument = std::pair<int, dnnl::memory>;

/// Copies share the primitive and the memory. A default-constructed one runs nothing.
class BoundPrimitive {
 public:
  BoundPrimitive() = default;
  BoundPrimitive(dnnl::primitive primitive, const std::vector<PrimitiveArgument>& arguments);

  /// Throws VendorError where the library reports a failure.
  void Run(const dnnl::stream& stream) const;

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;  // keeps what arguments_ points to
  std::vector<dnnl_exec_arg_t> arguments_;
};

/// The memory of `tensor` as the library sees it. An absent tensor is allowed where `descriptor`
/// has no bytes.
dnnl::memory MemoryOf(const Tensor& tensor, const dnnl::memory::desc& descriptor,
                      const dnnl::engine& engine);

}  // namespace lockstep
