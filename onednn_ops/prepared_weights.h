#pragma once

// The weights of one op in the formats that its primitives want. Forward and backward may want
// different ones; equal ones are shared, and the plain format [out, h, w, in] needs no copy at
// all. All are of the type of the working weights.

#include <cstddef>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "core/graph/tensor.h"
#include "onednn_ops/bound_primitive.h"

namespace lockstep {

/// Where the weights live; all aligned to 64 bytes.
struct WeightMemory {
  Tensor plain;     ///< working weights
  Tensor prepared;  ///< prepared_bytes()
  Tensor scratch;   ///< scratch_bytes()
};

/// Not thread-safe.
class PreparedWeights {
 public:
  PreparedWeights(dnnl::engine engine, dnnl::memory::desc plain);

  /// Asks for a format; returns its number.
  int Want(const dnnl::memory::desc& format);
  std::size_t prepared_bytes() const { return prepared_bytes_; }
  std::size_t scratch_bytes() const;

  void Bind(const WeightMemory& memory);
  /// Valid after Bind.
  const dnnl::memory& InFormat(int number) const {
    return formats_[static_cast<std::size_t>(number)].memory;
  }
  /// Reorders the plain weights into every format wanted.
  void Prepare(const dnnl::stream& stream) const;

 private:
  struct Format {
    dnnl::memory::desc descriptor;
    std::size_t offset = 0;
    dnnl::reorder::primitive_desc reorder;
    dnnl::memory memory;
    BoundPrimitive bound;
  };

  dnnl::engine engine_;
  std::vector<Format> formats_;  // the first is the plain one
  std::size_t prepared_bytes_ = 0;
};

}  // namespace lockstep
