#pragma once

// The sums over a rank's own shards: a stack of gradient buffers, folded like a binary counter as
// shards complete. What is left after the last shard are the partial sums that the rank sends.

#include <cstddef>
#include <span>
#include <vector>

#include "core/device/backend.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Allocates only when made. Not thread-safe; distinct ranges do not touch each other.
class PartialSums {
 public:
  /// `gradients`: [gradient_elements] float32, overwritten by each shard's backward pass. `order`
  /// comes from ReductionTree::FoldOrder. No buffer is made for the last shard: its gradients are
  /// added from, or stay, where they are.
  PartialSums(Backend& backend, Tensor gradients, const SumOrder& order);

  /// Takes `range` of the gradients as that of the rank's shard number `index`, counted from 0.
  /// Called for each range and each shard in turn.
  void Fold(Stream& stream, const Region& range, int index);

  /// The partial sums after the last shard, in order, each [gradient_elements] float32.
  const std::vector<Tensor>& partials() const { return partials_; }
  /// Memory beside the gradient buffer.
  std::size_t bytes() const;

 private:
  /// What follows one shard: the topmost entries of the stack and the shard's gradients are added
  /// into `out`.
  struct Step {
    Tensor out;  ///< absent: the shard's gradients stay where they are
    std::vector<Tensor> terms;
    SumOrder order;
  };

  /// The stack's buffer at `depth`, made where it is not there yet.
  Tensor Entry(std::size_t depth, const Tensor& gradients);

  Backend& backend_;
  std::vector<Buffer> buffers_;
  std::vector<Step> steps_;  ///< one a shard
  std::vector<Tensor> partials_;
  std::vector<Tensor> ranges_;  ///< kept, so that its memory is reused
};

}  // namespace lockstep
