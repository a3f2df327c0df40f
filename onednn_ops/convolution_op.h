#pragma once

// Conv2d by oneDNN.

#include <memory>

#include "core/device/op.h"
#include "onednn_ops/cpu_device.h"

namespace lockstep {

/// `node` is a Conv2d. Throws dnnl::error where the library has no implementation.
std::unique_ptr<Op> MakeConvolutionOp(const NodeSpec& node, const CpuDevice& device);

}  // namespace lockstep
