#include "core/checkpoint/tensor_completion.h"

#include <algorithm>

namespace lockstep {
namespace {

/// Messages take tensors of writable memory; those that are sent are only read.
Tensor ViewOf(std::span<const float> floats) {
  return Tensor(const_cast<float*>(floats.data()), Shape{static_cast<std::int64_t>(floats.size())},
                DataType::kF32);
}

std::span<const float> PartOf(std::span<const float> floats, std::int64_t first,
                              std::int64_t count) {
  return floats.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

}  // namespace

TensorCompletion::TensorCompletion(const Plan& plan, Communicator& communicator)
    : parts_(plan), communicator_(communicator) {}

std::vector<float> TensorCompletion::Complete(const ParameterPlace& place,
                                              std::span<const float> packed) {
  const std::vector<TensorPart> parts = parts_.Of(place);
  const int me = communicator_.rank();
  const int writer = parts.front().rank;
  std::vector<float> whole(me == writer ? static_cast<std::size_t>(place.elements) : 0);
  std::vector<Message> sends;
  std::vector<Message> receives;
  for (const TensorPart& part : parts) {
    if (me == writer && part.rank != me) {
      receives.push_back({part.rank, ViewOf(PartOf(whole, part.in_tensor, part.elements))});
    }
    if (part.rank != me) continue;
    const std::span<const float> mine = PartOf(packed, part.packed, part.elements);
    if (me == writer) {
      std::copy(mine.begin(), mine.end(), whole.begin() + part.in_tensor);
    } else {
      sends.push_back({writer, ViewOf(mine)});
    }
  }
  const bool cut = std::any_of(parts.begin(), parts.end(),
                               [&](const TensorPart& part) { return part.rank != writer; });
  if (cut) communicator_.Exchange(sends, receives);
  return whole;
}

}  // namespace lockstep
