#pragma once

// A fixed group of processes (or threads in tests) that issue the same calls in the same order.
// Implemented in comm; core names it because checkpoints and evaluation are made by all ranks
// together.

#include <span>
#include <string_view>

#include "core/graph/tensor.h"

namespace lockstep {

/// One half of a point-to-point transfer, in host memory or, with NCCL, on the device.
struct Message {
  int peer = 0;
  Tensor data;
};

/// Collective: every rank makes the same calls in the same order. One thread at a time. A lost peer
/// ends in Unavailable or in the end of the job.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Position among the ranks of the same machine.
  virtual int local_rank() const = 0;

  /// Sends and receives all messages; returns when all have arrived. Messages between two ranks
  /// match in the order given. A rank may not name itself. The only transport of exact reduction.
  virtual void Exchange(std::span<const Message> sends, std::span<const Message> receives) = 0;
  /// `buffer` has size() equal parts; part rank() of the result is the sum of that part over all
  /// ranks, in the library's order.
  virtual void ReduceScatter(Tensor buffer) = 0;
  /// `buffer` has size() equal parts, part rank() filled; all parts are filled afterwards.
  virtual void AllGather(Tensor buffer) = 0;
  /// Copies `buffer` of rank `root` to all.
  virtual void Broadcast(Tensor buffer, int root) = 0;
  /// Makes the call in progress on another thread, and all later ones of this rank, throw
  /// Unavailable: for a rank that fails while its communication thread waits for peers.
  /// Thread-safe.
  virtual void Interrupt() noexcept = 0;
  /// Ends the job on all ranks with `exit_code`; does not return where ranks are processes. `why`
  /// reaches peers that are threads; processes have printed it before.
  virtual void Abort(std::string_view why, int exit_code) noexcept = 0;
  /// "self", "threads", "mpi", "nccl".
  virtual std::string_view name() const = 0;
};

}  // namespace lockstep
