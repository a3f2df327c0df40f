#pragma once

// Between the order of elements inside (NHWC, KRSC) and that of files (PyTorch's). See FileLayout
// in core/graph/op_schema.h.

#include <span>
#include <vector>

#include "core/graph/op_schema.h"

namespace lockstep {

/// `inside` as files hold it. The number of elements is that of the layout's view.
std::vector<float> ToFileOrder(const FileLayout& layout, std::span<const float> inside);

/// The reverse of ToFileOrder.
std::vector<float> FromFileOrder(const FileLayout& layout, std::span<const float> file);

}  // namespace lockstep
