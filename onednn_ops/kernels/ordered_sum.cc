#include "onednn_ops/kernels/ordered_sum.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "onednn_ops/kernels/add.h"

namespace lockstep {
namespace {

// A chunk of every term passes through all additions while it is in the first-level cache.
constexpr std::size_t kChunk = 1024;
// Entries that an order may hold at once; a balanced tree of n terms needs log2(n) + 1.
constexpr std::size_t kMaxDepth = 24;

// Throws unless `order` is a program for `terms` entries that fits the stack.
void CheckOrder(const SumOrder& order, std::size_t terms) {
  if (terms == 0 || order.merges_after.size() != terms) {
    throw std::logic_error("an ordered sum needs one count of merges for each of its terms");
  }
  std::size_t depth = 0;
  for (const int merges : order.merges_after) {
    ++depth;
    if (depth > kMaxDepth || merges < 0 || static_cast<std::size_t>(merges) >= depth) {
      throw std::logic_error("the order of a sum merges what is not there or is too deep");
    }
    depth -= static_cast<std::size_t>(merges);
  }
  if (depth != 1) {
    throw std::logic_error("the order of a sum leaves more than one entry");
  }
}

// The stack of the program for one chunk. An entry is a term itself until it is added to something;
// sums live in the buffer of their place on the stack.
class ChunkStack {
 public:
  void Push(std::span<const float> chunk) { entries_[depth_++] = chunk; }

  // Replaces the two topmost entries by their sum, written to `target` or, where that is empty,
  // kept here.
  void Merge(std::span<float> target) {
    const std::span<const float> top = entries_[--depth_];
    const std::span<const float> below = entries_[depth_ - 1];
    if (target.empty()) {
      target = std::span<float>(sums_[depth_ - 1]).first(top.size());
    }
    AddElements(below, top, target);
    entries_[depth_ - 1] = target;
  }

  std::span<const float> top() const { return entries_[depth_ - 1]; }

 private:
  std::array<std::span<const float>, kMaxDepth> entries_;
  std::array<std::array<float, kChunk>, kMaxDepth> sums_;
  std::size_t depth_ = 0;
};

// Only the very last addition writes to `out`: until then a term that shares its memory is still to
// be read.
void SumChunk(std::span<float> out, std::span<const Tensor> terms, const SumOrder& order,
              std::size_t first) {
  ChunkStack stack;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    stack.Push(terms[t].As<const float>().subspan(first, out.size()));
    const int merges = order.merges_after[t];
    for (int m = 0; m < merges; ++m) {
      const bool last = t + 1 == terms.size() && m + 1 == merges;
      stack.Merge(last ? out : std::span<float>());
    }
  }
  if (stack.top().data() != out.data()) {
    std::memmove(out.data(), stack.top().data(), out.size_bytes());
  }
}

}  // namespace

void SumInOrder(Tensor out, std::span<const Tensor> terms, const SumOrder& order) {
  CheckOrder(order, terms.size());
  for (const Tensor& term : terms) {
    if (term.elements() != out.elements()) {
      throw std::logic_error("the terms of a sum have another number of elements than its result");
    }
  }
  const std::span<float> all = out.As<float>();
  for (std::size_t first = 0; first < all.size(); first += kChunk) {
    SumChunk(all.subspan(first, std::min(kChunk, all.size() - first)), terms, order, first);
  }
}

}  // namespace lockstep
