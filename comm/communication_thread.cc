#include "comm/communication_thread.h"

#include <utility>

namespace lockstep {

CommunicationThread::CommunicationThread(Communicator& communicator)
    : communicator_(communicator), thread_([this] { Loop(); }) {}

CommunicationThread::~CommunicationThread() {
  Cancel();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void CommunicationThread::Post(const Job& job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return posted_ - done_ < kCapacity; });
  ring_[posted_ % kCapacity] = &job;
  ++posted_;
  changed_.notify_all();
}

void CommunicationThread::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done_ == posted_; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void CommunicationThread::Run(const Job& job) {
  Post(job);
  Wait();
}

void CommunicationThread::Cancel() noexcept {
  std::unique_lock lock(mutex_);
  if (done_ == posted_) return;
  cancelled_ = true;
  communicator_.Interrupt();
  changed_.wait(lock, [this] { return done_ == posted_; });
}

void CommunicationThread::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || done_ < posted_; });
    if (done_ == posted_) return;
    RunNext(lock);
  }
}

// A job behind one that failed would wait for peers that are elsewhere, so it is passed over.
void CommunicationThread::RunNext(std::unique_lock<std::mutex>& lock) {
  if (!error_ && !cancelled_) {
    const Job& job = *ring_[done_ % kCapacity];
    std::exception_ptr error;
    lock.unlock();
    try {
      job();
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    error_ = error;
  }
  ++done_;
  changed_.notify_all();
}

}  // namespace lockstep
