#pragma once

// What one rank sends, receives, adds and gathers for one bucket: all of it fixed before the first
// step, so that every rank issues matching calls in the same order and the step allocates nothing.

#include <cstdint>
#include <vector>

#include "configs/config.pb.h"
#include "core/communicator.h"
#include "core/model/working_weights.h"
#include "core/plan/plan.h"
#include "core/plan/reduction_tree.h"

namespace lockstep {

/// Views into the gradient buffers, the receive buffer and the working weights. Lists of regions
/// are in the order working, small; a region without elements is left out.
struct BucketExchange {
  /// This rank's slice of a region.
  struct Slice {
    Tensor gradient;  ///< holds the sum over all shards in the end; one of the terms
    std::vector<Tensor>
        terms;     ///< the partials of all ranks in the order of ReductionTree::OwnerOrder
    Region place;  ///< in the gradient buffer
  };

  std::vector<Message> sends;
  std::vector<Message> receives;
  std::vector<Tensor> reduce_scatters;  ///< Reduction::FAST instead of messages and terms
  std::vector<Slice> slices;
  std::vector<Tensor> gathers;  ///< of the working weights

  /// What this rank sends in a step, where a gather among R ranks sends R-1 slices.
  std::int64_t bytes_sent = 0;
};

struct BucketExchangeOptions {
  const Plan& plan;
  const ReductionTree& tree;
  int rank = 0;
  Reduction::Type reduction = Reduction::EXACT;
  std::vector<Tensor> partials;  ///< of this rank, each [gradient_elements] float32; one where FAST
  Tensor received;               ///< [ReceivedElements] float32
  const WorkingWeights& working;
};

/// One a bucket of the plan.
std::vector<BucketExchange> MakeBucketExchanges(const BucketExchangeOptions& options);

/// Float32 elements that a rank receives for its largest bucket: the buffer that all buckets share.
/// 0 for FAST.
std::int64_t ReceivedElements(const Plan& plan, const ReductionTree& tree, int rank);

}  // namespace lockstep
