#pragma once

// Ranks as threads of one process: the mailboxes between them. A sender lends its memory until the
// receiver has copied from it, so a message is copied once. Used by ThreadCommunicator alone.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/communicator.h"

namespace lockstep {

/// Thread-safe. Each rank is used by one thread at a time, but for Interrupt.
class ThreadGroup {
 public:
  explicit ThreadGroup(int size);

  int size() const { return size_; }
  /// As Communicator::Exchange, for `rank`.
  void Exchange(int rank, std::span<const Message> sends, std::span<const Message> receives);
  /// Wakes all ranks with Unavailable; later calls have no effect.
  void Fail(int rank, std::string_view why) noexcept;
  /// `rank` sends and receives no more: whoever waits for it gets Unavailable.
  void Leave(int rank) noexcept;
  /// The calls of `rank` throw Unavailable from now on.
  void Interrupt(int rank) noexcept;
  /// The rank of the first Fail.
  std::optional<int> first_failed() const;

 private:
  /// A message under way.
  struct Letter {
    enum class State { kPosted, kBeingCopied, kTaken };
    int to = 0;
    Tensor data;
    State state = State::kPosted;
  };

  std::vector<Letter*>& Mailbox(int from, int to);
  void Post(int rank, std::span<Letter> letters);
  void Receive(int rank, const Message& message);
  void WaitUntilTaken(int rank, std::span<const Letter> letters);
  void Withdraw(int rank, std::span<const Letter> letters);
  /// Why `rank` need not wait for `peer`; needs the lock.
  std::optional<std::string> Broken(int rank, int peer) const;

  int size_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<Letter>> letters_;  ///< by sender; kept, so that their memory is reused
  std::vector<std::vector<Letter*>> mailboxes_;  ///< [from * size + to], the oldest letter first
  std::vector<bool> left_;
  std::vector<bool> interrupted_;
  std::optional<int> failed_rank_;
  std::string failure_;
};

}  // namespace lockstep
