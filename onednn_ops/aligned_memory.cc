#include "onednn_ops/aligned_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "core/errors.h"

namespace lockstep {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Buffer AllocateAligned(std::size_t bytes) {
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : kLine;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = rounded >= bytes ? std::aligned_alloc(alignment, rounded) : nullptr;
  if (data == nullptr && bytes > 0) {
    throw Unavailable(fmt::format(
        "host memory: {} bytes asked for, not available; take a smaller batch or more shards",
        bytes));
  }
  if (alignment == kHugePage) {
    madvise(data, rounded, MADV_HUGEPAGE);  // a wish: small pages are slower, not wrong
  }
  if (rounded > 0) {
    std::memset(data, 0, rounded);
  }
  return Buffer(data, bytes, [](void* memory) { std::free(memory); });
}

}  // namespace lockstep
