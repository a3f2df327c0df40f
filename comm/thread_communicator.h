#pragma once

// One rank of a group of threads: what RunAsThreads hands to its body. For tests of everything that
// ranks do together.

#include <vector>

#include "comm/thread_group.h"
#include "core/communicator.h"

namespace lockstep {

class ThreadCommunicator : public Communicator {
 public:
  /// `group` outlives this.
  ThreadCommunicator(ThreadGroup& group, int rank) : group_(group), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return group_.size(); }
  int local_rank() const override { return rank_; }

  void Exchange(std::span<const Message> sends, std::span<const Message> receives) override;
  /// Adds in the order of ranks. `buffer` is float32.
  void ReduceScatter(Tensor buffer) override;
  void AllGather(Tensor buffer) override;
  void Broadcast(Tensor buffer, int root) override;
  void Interrupt() noexcept override { group_.Interrupt(rank_); }
  void Abort(std::string_view why, int exit_code) noexcept override;
  std::string_view name() const override { return "threads"; }

 private:
  ThreadGroup& group_;
  int rank_;
  // Kept, so that their memory is reused.
  std::vector<Message> sends_;
  std::vector<Message> receives_;
  std::vector<float> received_;
};

}  // namespace lockstep
