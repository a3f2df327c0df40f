#pragma once

// A back end that has memory and nothing else, for tests of what only moves bytes.

#include <cstring>
#include <new>
#include <stdexcept>

#include "core/device/backend.h"

namespace lockstep {

class HostMemoryBackend : public Backend {
 public:
  Buffer Allocate(std::size_t bytes) override {
    constexpr std::align_val_t kAlignment{64};
    void* data = ::operator new(bytes, kAlignment);
    std::memset(data, 0, bytes);
    return Buffer(data, bytes, [](void* memory) { ::operator delete(memory, kAlignment); });
  }
  Buffer AllocateHost(std::size_t bytes) override { return Allocate(bytes); }

  std::unique_ptr<Stream> NewStream(Priority) override { Refuse(); }
  std::unique_ptr<Event> NewEvent() override { Refuse(); }
  std::unique_ptr<Op> MakeOp(const NodeSpec&) override { Refuse(); }
  std::unique_ptr<UpdateRule> MakeUpdateRule(const OptimizerConfig&) override { Refuse(); }
  void Sum(Stream&, Tensor, std::span<const Tensor>, const SumOrder&) override { Refuse(); }
  void SumSquaresOfBlocks(Stream&, Tensor, Tensor) override { Refuse(); }
  void Replay(int, const std::function<void()>&) override { Refuse(); }
  std::map<std::string, std::string> Contract() const override { return {}; }
  std::string name() const override { return "host memory"; }

 private:
  [[noreturn]] static void Refuse() { throw std::logic_error("this back end only has memory"); }
};

}  // namespace lockstep
