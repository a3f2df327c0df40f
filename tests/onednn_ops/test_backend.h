#pragma once

// The back end that tests of ops run on.

#include <algorithm>
#include <memory>

#include "onednn_ops/onednn_backend.h"

namespace lockstep {

/// With `threads`, or as many as there are cores for it.
inline std::unique_ptr<Backend> NewTestBackend(
    int threads, Bf16Products bf16_products = Bf16Products::kFastest) {
  CpuOptions options;
  options.bf16_products = bf16_products;
  options.threads = std::min(threads, CoresInAffinityMask());
  return MakeOnednnBackend(options);
}

}  // namespace lockstep
