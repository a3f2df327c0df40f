#pragma once

// A real back end that remembers the device memory it handed out, so that a test can overwrite it.

#include <cstring>
#include <span>
#include <vector>

#include "core/device/backend.h"

namespace lockstep {

/// Passes all calls on to `inner`, which outlives it.
class RememberingBackend : public Backend {
 public:
  explicit RememberingBackend(Backend& inner) : inner_(inner) {}

  Buffer Allocate(std::size_t bytes) override {
    Buffer buffer = inner_.Allocate(bytes);
    if (bytes > 0) memories_.emplace_back(static_cast<std::byte*>(buffer.data()), bytes);
    return buffer;
  }
  Buffer AllocateHost(std::size_t bytes) override { return inner_.AllocateHost(bytes); }
  std::unique_ptr<Stream> NewStream(Priority priority) override {
    return inner_.NewStream(priority);
  }
  std::unique_ptr<Event> NewEvent() override { return inner_.NewEvent(); }
  std::unique_ptr<Op> MakeOp(const NodeSpec& node) override { return inner_.MakeOp(node); }
  std::unique_ptr<UpdateRule> MakeUpdateRule(const OptimizerConfig& optimizer) override {
    return inner_.MakeUpdateRule(optimizer);
  }
  void Sum(Stream& stream, Tensor out, std::span<const Tensor> terms,
           const SumOrder& order) override {
    inner_.Sum(stream, out, terms, order);
  }
  void SumSquaresOfBlocks(Stream& stream, Tensor sums, Tensor values) override {
    inner_.SumSquaresOfBlocks(stream, sums, values);
  }
  void Replay(int stage, const std::function<void()>& enqueue) override {
    inner_.Replay(stage, enqueue);
  }
  std::map<std::string, std::string> Contract() const override { return inner_.Contract(); }
  std::string name() const override { return inner_.name(); }

  /// Writes `byte` over everything that Allocate returned and that must still be there.
  void Overwrite(int byte) {
    for (const std::span<std::byte> memory : memories_) {
      std::memset(memory.data(), byte, memory.size());
    }
  }

 private:
  Backend& inner_;
  std::vector<std::span<std::byte>> memories_;
};

}  // namespace lockstep
