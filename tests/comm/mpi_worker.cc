#include "tests/comm/mpi_worker.h"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "comm/communicators.h"
#include "core/errors.h"
#include "tests/comm/communicator_checks.h"
#include "tests/comm/reduction_run.h"
#include "tests/comm/scalar_backend.h"

namespace lockstep {
namespace {

void Reduce(Communicator& communicator, int shards, Reduction::Type reduction) {
  ScalarBackend backend;
  ReductionRunOptions options = ClippedReduction(backend, shards);
  options.reduction = reduction;
  const auto result = RunReduction(communicator, options);
  if (communicator.rank() == 0) {
    std::printf("hash %016llx\n", static_cast<unsigned long long>(HashOf(result.weights)));
  }
}

bool IsLast(const Communicator& communicator) {
  return communicator.rank() + 1 == communicator.size();
}

void WaitForEver(Communicator& communicator) {
  float value = 0;
  const Message receive{(communicator.rank() + 1) % communicator.size(),
                        Tensor(&value, Shape{1}, DataType::kF32)};
  communicator.Exchange({}, {&receive, 1});
}

void Die(Communicator& communicator) {
  CheckCommunicator(communicator);
  if (IsLast(communicator)) std::raise(SIGKILL);
  WaitForEver(communicator);
}

void Unwind(Communicator& communicator) {
  CheckCommunicator(communicator);
  if (IsLast(communicator)) throw std::runtime_error("past the communicator");
  WaitForEver(communicator);
}

void AbortFromRankZero(Communicator& communicator) {
  if (communicator.rank() == 0) {
    std::thread other([&] { communicator.Interrupt(); });
    try {
      WaitForEver(communicator);
    } catch (const Unavailable&) {
      other.join();
      communicator.Abort("told to", 65);
    }
  }
  WaitForEver(communicator);
}

void RunJob(const std::string& job, int shards) {
  const auto communicator = MakeMpiCommunicator();
  if (job == "check") return CheckCommunicator(*communicator);
  if (job == "reduce") return Reduce(*communicator, shards, Reduction::EXACT);
  if (job == "fast") return Reduce(*communicator, shards, Reduction::FAST);
  if (job == "die") return Die(*communicator);
  if (job == "unwind") return Unwind(*communicator);
  if (job == "abort") return AbortFromRankZero(*communicator);
  throw std::logic_error("no such job: " + job);
}

}  // namespace

int RunMpiWorker(const std::string& job, int shards) {
  try {
    RunJob(job, shards);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace lockstep
