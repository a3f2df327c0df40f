#include "onednn_ops/bound_primitive.h"

#include "onednn_ops/dnnl_errors.h"

namespace lockstep {

BoundPrimitive::BoundPrimitive(dnnl::primitive primitive,
                               const std::vector<PrimitiveArgument>& arguments)
    : primitive_(std::move(primitive)) {
  for (const auto& [number, memory] : arguments) {
    memories_.push_back(memory);
    arguments_.push_back({number, memory.get()});
  }
}

void BoundPrimitive::Run(const dnnl::stream& stream) const {
  if (arguments_.empty()) {
    return;
  }
  CheckDnnl(dnnl_primitive_execute(primitive_.get(), stream.get(),
                                   static_cast<int>(arguments_.size()), arguments_.data()),
            "dnnl_primitive_execute");
}

dnnl::memory MemoryOf(const Tensor& tensor, const dnnl::memory::desc& descriptor,
                      const dnnl::engine& engine) {
  return dnnl::memory(descriptor, engine, tensor.data());
}

}  // namespace lockstep
