#include "launcher/decide_first_start.h"

#include <algorithm>
#include <vector>

#include "cudnn_ops/cuda_backend.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

/// One number of each rank, in rank order. Collective.
std::vector<std::int32_t> Gathered(Communicator& communicator, std::int32_t own) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(communicator.size()));
  values[static_cast<std::size_t>(communicator.rank())] = own;
  communicator.AllGather(
      Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())}, DataType::kI32));
  return values;
}

std::int32_t Smallest(const std::vector<std::int32_t>& values) {
  return *std::min_element(values.begin(), values.end());
}

}  // namespace

FirstStart DecideFirstStart(Communicator& communicator) {
  const auto local_ranks = Gathered(communicator, communicator.local_rank());
  const std::int32_t sharers = *std::max_element(local_ranks.begin(), local_ranks.end()) + 1;
  const std::int32_t cores = Smallest(Gathered(communicator, CoresInAffinityMask()));
  FirstStart decided;
  decided.isa =
      static_cast<InstructionSet::Type>(Smallest(Gathered(communicator, BestInstructionSet())));
  decided.threads_per_rank = std::max(1, cores / sharers);
  decided.backend = HasCuda() ? BackendChoice::CUDNN : BackendChoice::ONEDNN;
  return decided;
}

}  // namespace lockstep
