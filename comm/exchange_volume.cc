#include "comm/exchange_volume.h"

namespace lockstep {

std::int64_t BytesSentPerStep(const Plan& plan, const ReductionTree& tree, int rank) {
  std::int64_t slices = 0;
  for (const Bucket& bucket : plan.buckets) {
    slices += bucket.working.slice(tree.ranks()) + bucket.small.slice(tree.ranks());
  }
  const auto partials = static_cast<std::int64_t>(tree.Partials(rank).size());
  return (tree.ranks() - 1) * (partials + 1) * slices * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace lockstep
