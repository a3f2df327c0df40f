#pragma once

// The back end of onednn_backend.h as a class.

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/device/backend.h"
#include "onednn_ops/cpu_device.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {

/// Ops, streams and update rules share its engine and its number of threads.
class CpuBackend final : public Backend {
 public:
  /// As MakeOnednnBackend.
  explicit CpuBackend(const CpuOptions& options);

  Buffer Allocate(std::size_t bytes) override;
  Buffer AllocateHost(std::size_t bytes) override;
  std::unique_ptr<Stream> NewStream(Priority priority) override;
  std::unique_ptr<Event> NewEvent() override;
  std::unique_ptr<Op> MakeOp(const NodeSpec& node) override;
  std::unique_ptr<UpdateRule> MakeUpdateRule(const OptimizerConfig& optimizer) override;
  void Sum(Stream& stream, Tensor out, std::span<const Tensor> terms,
           const SumOrder& order) override;
  void SumSquaresOfBlocks(Stream& stream, Tensor sums, Tensor values) override;
  void Replay(int stage, const std::function<void()>& enqueue) override;
  std::map<std::string, std::string> Contract() const override;
  std::string name() const override { return "onednn"; }

 private:
  InstructionSet::Type isa_;
  CpuDevice device_;
};

}  // namespace lockstep
