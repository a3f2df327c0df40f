#pragma once

// Memory of a back end, owned. Made before the first step and never in it.

#include <cstddef>
#include <functional>
#include <memory>

#include "core/graph/tensor.h"

namespace lockstep {

/// Move-only. Contents start as zero bytes. Aligned to at least 64 bytes.
class Buffer {
 public:
  Buffer() = default;
  /// Takes ownership of `data`; `release` frees it.
  Buffer(void* data, std::size_t bytes, std::function<void(void*)> release)
      : data_(data, std::move(release)), bytes_(bytes) {}

  void* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

  /// A view of the whole range [offset_bytes, ...) under `shape`. The caller keeps within bytes().
  Tensor View(std::size_t offset_bytes, Shape shape, DataType type) const {
    return Tensor(static_cast<std::byte*>(data()) + offset_bytes, shape, type);
  }

 private:
  std::unique_ptr<void, std::function<void(void*)>> data_;
  std::size_t bytes_ = 0;
};

}  // namespace lockstep
