#pragma once

// Shapes and settings of ours in oneDNN's terms.

#include <cstddef>
#include <oneapi/dnnl/dnnl.hpp>

#include "core/graph/data_type.h"
#include "core/graph/shape.h"

namespace lockstep {

/// F32 or BF16. Throws std::logic_error for other types.
dnnl::memory::data_type DnnlTypeOf(DataType type);

/// Activations [N, H, W, C]: logical N, C, H, W in the library, channels last in memory.
dnnl::memory::desc ImageDescriptor(const Shape& shape, DataType type);

/// [rows, columns], the first axis of `shape` against all others.
dnnl::memory::desc MatrixDescriptor(const Shape& shape, DataType type);

/// float32 [elements]: biases and their gradients.
dnnl::memory::desc VectorDescriptor(std::int64_t elements);

/// Scratch memory is ours, and no factor is rounded below its own type, whatever the environment
/// says.
dnnl::primitive_attr OpAttributes();

/// `bytes` rounded up to the alignment of all our memory, 64 bytes.
constexpr std::size_t Aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace lockstep
