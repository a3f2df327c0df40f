#pragma once

// One device of one kind; all vendor headers are behind it. The launcher makes one a rank and hands
// it around.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "configs/optimizer.pb.h"
#include "core/device/buffer.h"
#include "core/device/op.h"
#include "core/device/stream.h"
#include "core/device/sum_order.h"
#include "core/device/update_rule.h"

namespace lockstep {

/// Thread-safe but for Replay; what it makes is not, unless said otherwise. Destroyed after all it
/// made.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Device memory, zeroed. Throws Unavailable where there is not enough.
  virtual Buffer Allocate(std::size_t bytes) = 0;
  /// Host memory, zeroed, pinned where that exists.
  virtual Buffer AllocateHost(std::size_t bytes) = 0;
  /// kHigh: for work beside that of a kNormal stream; a CPU does it on the caller's thread alone.
  virtual std::unique_ptr<Stream> NewStream(Priority priority) = 0;
  virtual std::unique_ptr<Event> NewEvent() = 0;

  /// Throws Unsupported naming node and back end where it has no form of the op.
  virtual std::unique_ptr<Op> MakeOp(const NodeSpec& node) = 0;
  virtual std::unique_ptr<UpdateRule> MakeUpdateRule(const OptimizerConfig& optimizer) = 0;

  /// out = the sum of `terms`, elementwise in float32, added in `order`. `out` may be one of the
  /// terms. One term is a copy. All have the same number of elements.
  virtual void Sum(Stream& stream, Tensor out, std::span<const Tensor> terms,
                   const SumOrder& order) = 0;

  /// sums[b] = the sum of squares of elements [1024 b, 1024 (b + 1)) of `values`, float32, added in
  /// float64 in one fixed order. Not finite exactly where an element of the block is not. `sums`:
  /// [values / 1024] float64.
  virtual void SumSquaresOfBlocks(Stream& stream, Tensor sums, Tensor values) = 0;

  /// Runs `enqueue` for input buffer `stage`, or replays the CUDA graph captured when it first did.
  virtual void Replay(int stage, const std::function<void()>& enqueue) = 0;

  /// What the arithmetic depends on: library versions, CPU or GPU model, instruction set, threads.
  /// Part of the contract that the handshake compares over the ranks.
  virtual std::map<std::string, std::string> Contract() const = 0;
  /// "onednn" or "cudnn".
  virtual std::string name() const = 0;
};

}  // namespace lockstep
