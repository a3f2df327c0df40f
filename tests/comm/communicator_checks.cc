#include "tests/comm/communicator_checks.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace lockstep {
namespace {

void Expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("not as promised: " + what);
}

template <typename T>
Tensor TensorOf(std::vector<T>& values) {
  return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())},
                DataTypeOf<T>::kValue);
}

/// Two messages of different lengths to every peer; the k-th word tells who sent which to whom.
void CheckExchange(Communicator& communicator) {
  const int size = communicator.size();
  const int rank = communicator.rank();
  std::vector<std::vector<std::int32_t>> outgoing, incoming;
  outgoing.reserve(static_cast<std::size_t>(2 * size));
  incoming.reserve(static_cast<std::size_t>(2 * size));
  std::vector<Message> sends, receives;
  for (int peer = 0; peer < size; ++peer) {
    if (peer == rank) continue;
    for (int k = 0; k < 2; ++k) {
      const auto length = static_cast<std::size_t>(1 + 100000 * k);
      outgoing.emplace_back(length, 1000 * rank + 10 * peer + k);
      sends.push_back({peer, TensorOf(outgoing.back())});
      incoming.emplace_back(length, -1);
      receives.push_back({peer, TensorOf(incoming.back())});
    }
  }
  communicator.Exchange(sends, receives);
  for (std::size_t i = 0; i < receives.size(); ++i) {
    const int expected = 1000 * receives[i].peer + 10 * rank + static_cast<int>(i % 2);
    Expect(incoming[i] == std::vector<std::int32_t>(incoming[i].size(), expected),
           "Exchange matches messages in the order given");
  }
}

void CheckAllGather(Communicator& communicator) {
  std::vector<float> buffer(static_cast<std::size_t>(3 * communicator.size()), -1);
  for (int i = 0; i < 3; ++i) {
    const int place = 3 * communicator.rank() + i;
    buffer[static_cast<std::size_t>(place)] = static_cast<float>(place);
  }
  communicator.AllGather(TensorOf(buffer));
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    Expect(buffer[i] == static_cast<float>(i), "AllGather fills all parts");
  }
}

void CheckReduceScatter(Communicator& communicator) {
  const int size = communicator.size();
  std::vector<float> buffer(static_cast<std::size_t>(2 * size));
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    buffer[i] = static_cast<float>(communicator.rank() + 100 * static_cast<int>(i));
  }
  communicator.ReduceScatter(TensorOf(buffer));
  for (int i = 0; i < 2; ++i) {
    const int place = 2 * communicator.rank() + i;
    const int expected = size * (size - 1) / 2 + size * 100 * place;
    Expect(buffer[static_cast<std::size_t>(place)] == static_cast<float>(expected),
           "ReduceScatter leaves the sum in this rank's part");
  }
}

void CheckBroadcast(Communicator& communicator) {
  for (int root = 0; root < communicator.size(); ++root) {
    std::vector<std::int64_t> buffer(5, communicator.rank());
    communicator.Broadcast(TensorOf(buffer), root);
    Expect(buffer == std::vector<std::int64_t>(5, root), "Broadcast copies the root's buffer");
  }
}

}  // namespace

void CheckCommunicator(Communicator& communicator) {
  Expect(communicator.local_rank() >= 0 && communicator.local_rank() <= communicator.rank(),
         "local_rank counts the ranks of one machine");
  CheckExchange(communicator);
  CheckAllGather(communicator);
  CheckReduceScatter(communicator);
  CheckBroadcast(communicator);
}

}  // namespace lockstep
