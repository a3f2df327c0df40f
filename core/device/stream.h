#pragma once

// An in-order queue of work on one device, and the events that order two of them.

#include <cstdint>
#include <memory>

#include "core/graph/tensor.h"

namespace lockstep {

/// A point in the work of a stream. Made by a back end; used only with its streams.
class Event {
 public:
  virtual ~Event() = default;
};

enum class Priority : std::uint8_t { kNormal, kHigh };

/// Not thread-safe. On a CPU every call has run when it returns.
class Stream {
 public:
  virtual ~Stream() = default;
  /// `event` completes after all work enqueued so far.
  virtual void Record(Event& event) = 0;
  /// Work enqueued later starts after `event`.
  virtual void Wait(const Event& event) = 0;
  /// Copies bytes between memories of host and device; both have the same number of bytes.
  virtual void Copy(Tensor to, Tensor from) = 0;
  /// The only call that blocks the host: returns when all work has run.
  virtual void Synchronize() = 0;
  /// cudaStream_t; nullptr on the CPU.
  virtual void* native() const = 0;
};

}  // namespace lockstep
