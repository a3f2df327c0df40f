// The group of one: the same path as with many ranks, where every call is nothing.

#include <atomic>
#include <cstdlib>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

class SelfCommunicator : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }

  void Exchange(std::span<const Message> sends, std::span<const Message> receives) override {
    if (!sends.empty() || !receives.empty()) {
      throw std::logic_error("a group of one rank has no peers to exchange messages with");
    }
    ThrowIfInterrupted();
  }
  void ReduceScatter(Tensor) override { ThrowIfInterrupted(); }
  void AllGather(Tensor) override { ThrowIfInterrupted(); }
  void Broadcast(Tensor, int) override { ThrowIfInterrupted(); }
  void Interrupt() noexcept override { interrupted_ = true; }
  void Abort(std::string_view, int exit_code) noexcept override { std::_Exit(exit_code); }
  std::string_view name() const override { return "self"; }

 private:
  void ThrowIfInterrupted() const {
    if (interrupted_) throw Unavailable("communication was interrupted by this rank");
  }

  std::atomic<bool> interrupted_ = false;
};

}  // namespace

std::unique_ptr<Communicator> MakeSelfCommunicator() {
  return std::make_unique<SelfCommunicator>();
}

}  // namespace lockstep
