#include "comm/thread_communicator.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "comm/communicators.h"

namespace lockstep {
namespace {

/// Part `index` of a buffer of `parts` equal ones.
Tensor PartOf(const Tensor& buffer, int parts, int index) {
  const std::int64_t elements = buffer.elements() / parts;
  return buffer.Range(index * elements, elements);
}

/// Runs one rank and tells the group how it ended.
std::exception_ptr RunRank(ThreadGroup& group, int rank,
                           const std::function<void(Communicator&)>& body) {
  std::exception_ptr error;
  try {
    ThreadCommunicator communicator(group, rank);
    body(communicator);
  } catch (const std::exception& exception) {
    error = std::current_exception();
    group.Fail(rank, exception.what());
  } catch (...) {
    error = std::current_exception();
    group.Fail(rank, "an exception of unknown type");
  }
  group.Leave(rank);
  return error;
}

}  // namespace

void ThreadCommunicator::Exchange(std::span<const Message> sends,
                                  std::span<const Message> receives) {
  group_.Exchange(rank_, sends, receives);
}

void ThreadCommunicator::ReduceScatter(Tensor buffer) {
  const Tensor own = PartOf(buffer, size(), rank_);
  const auto elements = static_cast<std::size_t>(own.elements());
  received_.resize(elements * static_cast<std::size_t>(size()));
  const Tensor received(received_.data(), Shape{buffer.elements()}, DataType::kF32);
  sends_.clear();
  receives_.clear();
  for (int peer = 0; peer < size(); ++peer) {
    if (peer == rank_) continue;
    sends_.push_back({peer, PartOf(buffer, size(), peer)});
    receives_.push_back({peer, PartOf(received, size(), peer)});
  }
  const std::span<float> sum = own.As<float>();
  std::copy(sum.begin(), sum.end(), PartOf(received, size(), rank_).As<float>().begin());
  Exchange(sends_, receives_);
  std::fill(sum.begin(), sum.end(), 0.0F);
  for (std::size_t i = 0; i < received_.size(); ++i) sum[i % elements] += received_[i];
}

void ThreadCommunicator::AllGather(Tensor buffer) {
  sends_.clear();
  receives_.clear();
  for (int peer = 0; peer < size(); ++peer) {
    if (peer == rank_) continue;
    sends_.push_back({peer, PartOf(buffer, size(), rank_)});
    receives_.push_back({peer, PartOf(buffer, size(), peer)});
  }
  Exchange(sends_, receives_);
}

void ThreadCommunicator::Broadcast(Tensor buffer, int root) {
  sends_.clear();
  receives_.clear();
  if (rank_ == root) {
    for (int peer = 0; peer < size(); ++peer) {
      if (peer != root) sends_.push_back({peer, buffer});
    }
  } else {
    receives_.push_back({root, buffer});
  }
  Exchange(sends_, receives_);
}

void ThreadCommunicator::Abort(std::string_view why, int) noexcept { group_.Fail(rank_, why); }

void RunAsThreads(int size, const std::function<void(Communicator&)>& body) {
  ThreadGroup group(size);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back(
        [&, rank] { errors[static_cast<std::size_t>(rank)] = RunRank(group, rank, body); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::optional<int> failed = group.first_failed();
  if (failed && errors[static_cast<std::size_t>(*failed)]) {
    std::rethrow_exception(errors[static_cast<std::size_t>(*failed)]);
  }
}

}  // namespace lockstep
