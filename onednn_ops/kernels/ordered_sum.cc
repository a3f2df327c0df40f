#include "onednn_ops/kernels/ordered_sum.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "onednn_ops/kernels/add.h"
#include "onednn_ops/kernels/convert.h"

namespace lockstep {
namespace {

// A chunk of every term passes through all additions while it is in the first-level cache.
constexpr std::int64_t kChunk = 1024;
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

// The stack of the program for one chunk, in float32. An entry is a term itself until it is added
// to something; what is not is in the buffer of its place on the stack.
class ChunkStack {
 public:
  explicit ChunkStack(std::int64_t elements) : elements_(elements) {}

  void Push(const Tensor& chunk) {
    Tensor& entry = entries_[depth_];
    entry = chunk;
    if (chunk.type() != DataType::kF32) {
      entry = Place(depth_);
      WidenElements(chunk, entry.As<float>());
    }
    ++depth_;
  }

  // Replaces the two topmost entries by their sum, written to `target` or, where that is absent,
  // kept here.
  void Merge(const Tensor& target) {
    --depth_;
    Tensor& below = entries_[depth_ - 1];
    const Tensor sum = target.present() ? target : Place(depth_ - 1);
    AddElements(below, entries_[depth_], sum);
    below = sum;
  }

  const Tensor& top() const { return entries_[depth_ - 1]; }

 private:
  Tensor Place(std::size_t depth) {
    return Tensor(sums_[depth].data(), Shape{elements_}, DataType::kF32);
  }

  std::int64_t elements_;
  std::array<Tensor, kMaxDepth> entries_;
  std::array<std::array<float, kChunk>, kMaxDepth> sums_;
  std::size_t depth_ = 0;
};

// Only the very last addition writes to `out`: until then a term that shares its memory is still to
// be read.
void SumChunk(const Tensor& out, std::span<const Tensor> terms, const SumOrder& order,
              std::int64_t first) {
  ChunkStack stack(out.elements());
  const Tensor last_target = out.type() == DataType::kF32 ? out : Tensor();
  for (std::size_t t = 0; t < terms.size(); ++t) {
    stack.Push(terms[t].Range(first, out.elements()));
    const int merges = order.merges_after[t];
    for (int m = 0; m < merges; ++m) {
      const bool last = t + 1 == terms.size() && m + 1 == merges;
      stack.Merge(last ? last_target : Tensor());
    }
  }
  if (stack.top().data() != out.data()) {
    RoundElements(stack.top().As<const float>(), out);
  }
}

}  // namespace

void CheckSum(const Tensor& out, std::span<const Tensor> terms, const SumOrder& order) {
  CheckOrder(order, terms.size());
  if (out.type() != DataType::kF32 && out.type() != DataType::kBF16) {
    throw std::logic_error("a sum of a type that is neither F32 nor BF16");
  }
  for (const Tensor& term : terms) {
    if (term.elements() != out.elements() || term.type() != out.type()) {
      throw std::logic_error("the terms of a sum have another length or type than its result");
    }
  }
}

void SumInOrder(const Tensor& out, std::span<const Tensor> terms, const SumOrder& order,
                ElementRange range) {
  if (terms.size() == 2) {
    const auto part = [range](const Tensor& t) { return t.Range(range.first, range.count); };
    AddElements(part(terms[0]), part(terms[1]), part(out));
    return;
  }
  const std::int64_t end = range.first + range.count;
  for (std::int64_t first = range.first; first < end; first += kChunk) {
    SumChunk(out.Range(first, std::min(kChunk, end - first)), terms, order, first);
  }
}

}  // namespace lockstep
