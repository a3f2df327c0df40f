#include "comm/thread_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "core/errors.h"

namespace lockstep {

ThreadGroup::ThreadGroup(int size)
    : size_(size),
      letters_(static_cast<std::size_t>(size)),
      mailboxes_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)),
      left_(static_cast<std::size_t>(size), false),
      interrupted_(static_cast<std::size_t>(size), false) {}

void ThreadGroup::Exchange(int rank, std::span<const Message> sends,
                           std::span<const Message> receives) {
  std::vector<Letter>& letters = letters_.at(static_cast<std::size_t>(rank));
  letters.clear();
  for (const Message& send : sends) {
    letters.push_back({.to = send.peer, .data = send.data});
  }
  Post(rank, letters);
  try {
    for (const Message& receive : receives) Receive(rank, receive);
    WaitUntilTaken(rank, letters);
  } catch (...) {
    Withdraw(rank, letters);
    throw;
  }
}

void ThreadGroup::Fail(int rank, std::string_view why) noexcept {
  const std::lock_guard lock(mutex_);
  if (!failed_rank_) {
    failed_rank_ = rank;
    failure_ = why;
  }
  changed_.notify_all();
}

void ThreadGroup::Leave(int rank) noexcept {
  const std::lock_guard lock(mutex_);
  left_[static_cast<std::size_t>(rank)] = true;
  changed_.notify_all();
}

void ThreadGroup::Interrupt(int rank) noexcept {
  const std::lock_guard lock(mutex_);
  interrupted_[static_cast<std::size_t>(rank)] = true;
  changed_.notify_all();
}

std::optional<int> ThreadGroup::first_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_rank_;
}

std::vector<ThreadGroup::Letter*>& ThreadGroup::Mailbox(int from, int to) {
  return mailboxes_.at(static_cast<std::size_t>(from * size_ + to));
}

void ThreadGroup::Post(int rank, std::span<Letter> letters) {
  const std::lock_guard lock(mutex_);
  for (Letter& letter : letters) Mailbox(rank, letter.to).push_back(&letter);
  changed_.notify_all();
}

void ThreadGroup::Receive(int rank, const Message& message) {
  std::unique_lock lock(mutex_);
  std::vector<Letter*>& mailbox = Mailbox(message.peer, rank);
  std::optional<std::string> broken;
  changed_.wait(lock, [&] { return (broken = Broken(rank, message.peer)) || !mailbox.empty(); });
  if (broken) throw Unavailable(*broken);
  Letter& letter = *mailbox.front();
  if (letter.data.bytes() != message.data.bytes()) {
    throw std::logic_error(fmt::format("rank {} expects {} bytes from rank {}, which sends {}",
                                       rank, message.data.bytes(), message.peer,
                                       letter.data.bytes()));
  }
  mailbox.erase(mailbox.begin());
  letter.state = Letter::State::kBeingCopied;
  lock.unlock();
  if (message.data.bytes() > 0) {
    std::memcpy(message.data.data(), letter.data.data(), message.data.bytes());
  }
  lock.lock();
  letter.state = Letter::State::kTaken;
  changed_.notify_all();
}

void ThreadGroup::WaitUntilTaken(int rank, std::span<const Letter> letters) {
  std::unique_lock lock(mutex_);
  for (const Letter& letter : letters) {
    const auto taken = [&] { return letter.state == Letter::State::kTaken; };
    std::optional<std::string> broken;
    changed_.wait(lock, [&] { return taken() || (broken = Broken(rank, letter.to)); });
    if (!taken()) throw Unavailable(*broken);
  }
}

// The sender's memory may go away once this returns, so a copy in progress is waited for.
void ThreadGroup::Withdraw(int rank, std::span<const Letter> letters) {
  std::unique_lock lock(mutex_);
  for (const Letter& letter : letters) std::erase(Mailbox(rank, letter.to), &letter);
  changed_.wait(lock, [&] {
    return std::none_of(letters.begin(), letters.end(), [](const Letter& letter) {
      return letter.state == Letter::State::kBeingCopied;
    });
  });
}

std::optional<std::string> ThreadGroup::Broken(int rank, int peer) const {
  if (failed_rank_) return fmt::format("rank {} failed: {}", *failed_rank_, failure_);
  if (interrupted_[static_cast<std::size_t>(rank)]) {
    return "communication was interrupted by this rank";
  }
  if (left_[static_cast<std::size_t>(peer)]) {
    return fmt::format("rank {} has ended while rank {} waits for it", peer, rank);
  }
  return std::nullopt;
}

}  // namespace lockstep
