#pragma once

// The stream of the CPU back end: every call has run when it returns. Ops run inside the OpenMP
// team of the host thread that calls them, so the stream knows how large that team must be.

#include <oneapi/dnnl/dnnl.hpp>

#include "core/device/stream.h"
#include "onednn_ops/cpu_device.h"

namespace lockstep {

/// Not thread-safe; may be used from different host threads in turn.
class CpuStream final : public Stream {
 public:
  explicit CpuStream(const CpuDevice& device) : threads_(device.threads), stream_(device.engine) {}

  void Record(Event&) override {}
  void Wait(const Event&) override {}
  /// Throws std::logic_error where the sizes differ.
  void Copy(Tensor to, Tensor from) override;
  void Synchronize() override {}
  void* native() const override { return nullptr; }

  /// The library's stream, after the calling host thread's OpenMP team has been set to the back
  /// end's size. OpenMP keeps that size per host thread, and any of them may call an op.
  const dnnl::stream& Enter() const;

 private:
  int threads_;
  dnnl::stream stream_;
};

/// Sets the calling host thread's OpenMP team to exactly `threads`.
void SetTeamSize(int threads);

/// `stream` as what it is: streams are only used with the back end that made them.
inline CpuStream& CpuStreamOf(Stream& stream) { return static_cast<CpuStream&>(stream); }

}  // namespace lockstep
