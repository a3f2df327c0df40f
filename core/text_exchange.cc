#include "core/text_exchange.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lockstep {

std::string BroadcastText(Communicator& communicator, const std::string& text, int root) {
  auto length = static_cast<std::int64_t>(text.size());
  communicator.Broadcast(Tensor(&length, Shape{1}, DataType::kI64), root);
  std::string received = text;
  received.resize(static_cast<std::size_t>(length));
  if (length > 0) {
    communicator.Broadcast(Tensor(received.data(), Shape{length}, DataType::kU8), root);
  }
  return received;
}

std::optional<RankText> LowestText(Communicator& communicator,
                                   const std::optional<std::string>& text) {
  std::vector<std::int32_t> present(static_cast<std::size_t>(communicator.size()), 0);
  present[static_cast<std::size_t>(communicator.rank())] = text ? 1 : 0;
  communicator.AllGather(Tensor(present.data(), Shape{communicator.size()}, DataType::kI32));
  const auto lowest = std::find(present.begin(), present.end(), 1);
  if (lowest == present.end()) return std::nullopt;
  const int rank = static_cast<int>(lowest - present.begin());
  return RankText{rank, BroadcastText(communicator, text.value_or(""), rank)};
}

std::vector<std::string> AllTexts(Communicator& communicator, const std::string& text) {
  const auto ranks = static_cast<std::size_t>(communicator.size());
  std::vector<std::int64_t> lengths(ranks, 0);
  lengths[static_cast<std::size_t>(communicator.rank())] = std::ssize(text);
  communicator.AllGather(Tensor(lengths.data(), Shape{communicator.size()}, DataType::kI64));
  std::vector<std::string> texts(ranks);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    if (lengths[rank] == 0) continue;
    texts[rank] = BroadcastText(communicator, text, static_cast<int>(rank));
  }
  return texts;
}

}  // namespace lockstep
