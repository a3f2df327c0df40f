#pragma once

// What every op of this back end is made with: the library's engine, the size of the OpenMP team,
// and how products of bfloat16 factors are computed.

#include <oneapi/dnnl/dnnl.hpp>

#include "onednn_ops/onednn_backend.h"

namespace lockstep {

/// A value; copies share the engine.
struct CpuDevice {
  dnnl::engine engine;
  int threads = 1;
  Bf16Products bf16_products = Bf16Products::kInBf16;  ///< never kFastest
};

}  // namespace lockstep
