#pragma once

// The ops of this back end, by the kind of node.

#include <memory>

#include "core/device/op.h"
#include "onednn_ops/cpu_device.h"

namespace lockstep {

/// The calling thread's OpenMP team has the device's size. Throws Unsupported naming node and back
/// end where there is no form of the op, VendorError where oneDNN fails, std::logic_error for a
/// view, which has no op.
std::unique_ptr<Op> MakeOp(const NodeSpec& node, const CpuDevice& device);

}  // namespace lockstep
