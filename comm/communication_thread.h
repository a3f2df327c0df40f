#pragma once

// The one thread of a rank that communicates after start, so that exchanges go on while the compute
// thread works and MPI sees one caller at a time. The reducer posts its buckets here; evaluation
// and checkpoints call Run.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "core/communicator.h"

namespace lockstep {

/// Runs jobs one after the other in the order of Post. Thread-safe. Post allocates nothing.
class CommunicationThread {
 public:
  using Job = std::function<void()>;
  static constexpr std::size_t kCapacity = 1024;

  /// `communicator` outlives this; while a job is posted it is used by jobs alone.
  explicit CommunicationThread(Communicator& communicator);
  /// Cancels what has not run.
  ~CommunicationThread();
  CommunicationThread(const CommunicationThread&) = delete;
  CommunicationThread& operator=(const CommunicationThread&) = delete;

  Communicator& communicator() const { return communicator_; }

  /// `job` lives until it has run. Waits while kCapacity jobs are waiting.
  void Post(const Job& job);
  void Post(Job&& job) = delete;
  /// Returns when all posted jobs have run. Rethrows the first exception of a job; the jobs posted
  /// behind that one have not run.
  void Wait();
  /// Post and Wait.
  void Run(const Job& job);
  /// For a rank that fails while jobs wait for peers: interrupts the communicator if a job has not
  /// run, and returns when no job is running or will.
  void Cancel() noexcept;

 private:
  void Loop();
  void RunNext(std::unique_lock<std::mutex>& lock);

  Communicator& communicator_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<const Job*, kCapacity> ring_ = {};
  std::uint64_t posted_ = 0;
  std::uint64_t done_ = 0;
  std::exception_ptr error_;
  bool cancelled_ = false;
  bool ending_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace lockstep
