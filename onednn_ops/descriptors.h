#pragma once

// Shapes and settings of ours in oneDNN's terms.

#include <cstddef>
#include <oneapi/dnnl/dnnl.hpp>

#include "core/graph/shape.h"

namespace lockstep {

/// float32 activations [N, H, W, C]: logical N, C, H, W in the library, channels last in memory.
dnnl::memory::desc ImageDescriptor(const Shape& shape);

/// float32 [rows, columns], the first axis of `shape` against all others.
dnnl::memory::desc MatrixDescriptor(const Shape& shape);

/// float32 [elements].
dnnl::memory::desc VectorDescriptor(std::int64_t elements);

/// Scratch memory is ours, and no multiplication is rounded below float32, whatever the environment
/// says.
dnnl::primitive_attr OpAttributes();

/// `bytes` rounded up to the alignment of all our memory, 64 bytes.
constexpr std::size_t Aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace lockstep
