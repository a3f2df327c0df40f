#pragma once

// Dense by oneDNN's inner product.

#include <memory>

#include "core/device/op.h"
#include "onednn_ops/cpu_device.h"

namespace lockstep {

/// `node` is a Dense. Throws dnnl::error where the library has no implementation.
std::unique_ptr<Op> MakeDenseOp(const NodeSpec& node, const CpuDevice& device);

}  // namespace lockstep
