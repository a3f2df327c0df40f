#include "onednn_ops/prepared_weights.h"

#include <algorithm>
#include <utility>

#include "onednn_ops/descriptors.h"

namespace lockstep {

PreparedWeights::PreparedWeights(dnnl::engine engine, dnnl::memory::desc plain)
    : engine_(std::move(engine)) {
  Format format;
  format.descriptor = std::move(plain);
  formats_.push_back(std::move(format));
}

int PreparedWeights::Want(const dnnl::memory::desc& format) {
  for (std::size_t i = 0; i < formats_.size(); ++i) {
    if (formats_[i].descriptor == format) {
      return static_cast<int>(i);
    }
  }
  Format added;
  added.descriptor = format;
  added.offset = prepared_bytes_;
  added.reorder = dnnl::reorder::primitive_desc(engine_, formats_.front().descriptor, engine_,
                                                format, OpAttributes());
  prepared_bytes_ += Aligned(format.get_size());
  formats_.push_back(std::move(added));
  return static_cast<int>(formats_.size()) - 1;
}

std::size_t PreparedWeights::scratch_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t i = 1; i < formats_.size(); ++i) {
    bytes = std::max(bytes, formats_[i].reorder.scratchpad_desc().get_size());
  }
  return bytes;
}

void PreparedWeights::Bind(const WeightMemory& memory) {
  formats_.front().memory = MemoryOf(memory.plain, formats_.front().descriptor, engine_);
  for (std::size_t i = 1; i < formats_.size(); ++i) {
    Format& format = formats_[i];
    auto* start = static_cast<std::byte*>(memory.prepared.data()) + format.offset;
    format.memory = dnnl::memory(format.descriptor, engine_, start);
    format.bound =
        BoundPrimitive(dnnl::reorder(format.reorder),
                       {{DNNL_ARG_FROM, formats_.front().memory},
                        {DNNL_ARG_TO, format.memory},
                        {DNNL_ARG_SCRATCHPAD,
                         MemoryOf(memory.scratch, format.reorder.scratchpad_desc(), engine_)}});
  }
}

void PreparedWeights::Prepare(const dnnl::stream& stream) const {
  for (const Format& format : formats_) {
    format.bound.Run(stream);
  }
}

}  // namespace lockstep
