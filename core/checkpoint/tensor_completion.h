#pragma once

// Brings the parts of a tensor, spread over the ranks, together on the rank that writes it.

#include <span>
#include <vector>

#include "core/checkpoint/tensor_parts.h"
#include "core/communicator.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Not thread-safe. `plan` and `communicator` outlive it.
class TensorCompletion {
 public:
  TensorCompletion(const Plan& plan, Communicator& communicator);

  /// Collective. `packed` is this rank's packed slices, in host memory. The whole tensor, in the
  /// order of elements inside, on the rank that holds its first block; empty on all others. At most
  /// one tensor is held at a time, since buckets of one tensor all begin on rank 0.
  std::vector<float> Complete(const ParameterPlace& place, std::span<const float> packed);

 private:
  TensorParts parts_;
  Communicator& communicator_;
};

}  // namespace lockstep
