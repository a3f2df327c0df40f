#include "onednn_ops/descriptors.h"

#include <stdexcept>

namespace lockstep {

using dnnl::memory;

memory::data_type DnnlTypeOf(DataType type) {
  switch (type) {
    case DataType::kF32:
      return memory::data_type::f32;
    case DataType::kBF16:
      return memory::data_type::bf16;
    default:
      throw std::logic_error("a type that no op of this back end computes in");
  }
}

memory::desc ImageDescriptor(const Shape& shape, DataType type) {
  return memory::desc({shape[0], shape[3], shape[1], shape[2]}, DnnlTypeOf(type),
                      memory::format_tag::nhwc);
}

memory::desc MatrixDescriptor(const Shape& shape, DataType type) {
  return memory::desc({shape[0], shape.elements() / shape[0]}, DnnlTypeOf(type),
                      memory::format_tag::ab);
}

memory::desc VectorDescriptor(std::int64_t elements) {
  return memory::desc({elements}, memory::data_type::f32, memory::format_tag::a);
}

dnnl::primitive_attr OpAttributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return attributes;
}

}  // namespace lockstep
