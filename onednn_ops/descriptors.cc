#include "onednn_ops/descriptors.h"

namespace lockstep {
namespace {

using dnnl::memory;

}  // namespace

memory::desc ImageDescriptor(const Shape& shape) {
  return memory::desc({shape[0], shape[3], shape[1], shape[2]}, memory::data_type::f32,
                      memory::format_tag::nhwc);
}

memory::desc MatrixDescriptor(const Shape& shape) {
  return memory::desc({shape[0], shape.elements() / shape[0]}, memory::data_type::f32,
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
