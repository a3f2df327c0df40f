#include "comm/exchange_volume.h"

namespace lockstep {

std::int64_t BytesSentPerStep(const Plan& plan, const ReductionTree& tree, int rank,
                              const GradientCheck& check) {
  const auto partials = static_cast<std::int64_t>(tree.Partials(rank).size());
  const auto bytes_of = [&](const Region& region, DataType type) {
    const auto element =
        partials * std::int64_t{sizeof(float)} + static_cast<std::int64_t>(SizeOf(type));
    return (tree.ranks() - 1) * region.slice(tree.ranks()) * element;
  };
  std::int64_t bytes = 0;
  for (const Bucket& bucket : plan.buckets) {
    bytes += bytes_of(bucket.working, plan.working_type) + bytes_of(bucket.small, DataType::kF32);
  }
  if (check.looks_at_all()) {
    const std::int64_t blocks = plan.gradient_elements / kBlock / tree.ranks();
    bytes += (tree.ranks() - 1) * blocks * std::int64_t{sizeof(double)};
  }
  return bytes;
}

}  // namespace lockstep
