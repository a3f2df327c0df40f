#pragma once

// The look at all gradients of a step before a weight changes: are they finite, and how long are
// they together? What it decides has the same bits on any number of ranks.

#include <cstdint>
#include <span>
#include <vector>

#include "configs/config.pb.h"
#include "core/communicator.h"
#include "core/device/backend.h"
#include "core/plan/plan.h"
#include "core/plan/slices.h"

namespace lockstep {

/// What is asked of the gradients of a step.
struct GradientCheck {
  double clip_norm = 0;  ///< the norm over all gradients is scaled down to this; 0: never
  /// STOP: where a gradient, a statistic or the loss is not finite, nothing is written.
  DivergencePolicy::Type on_divergence = DivergencePolicy::STOP;

  /// False: a bucket may be updated as soon as it is reduced.
  bool looks_at_all() const { return clip_norm > 0 || on_divergence == DivergencePolicy::STOP; }
};

GradientCheck GradientCheckOf(const Config& config);

/// One block in the norm.
struct NormTerm {
  std::size_t sum = 0;  ///< place of its sum of squares among those of all ranks, rank by rank
  int parameter = 0;    ///< of Plan::parameters
};

/// The blocks of parameters in block order. Those of statistics and control words are only looked
/// at for being finite.
std::vector<NormTerm> NormTermsOf(const Plan& plan);

/// What one step's gradients are.
struct GradientSummary {
  double norm = 0;  ///< root of the sum of squares over all trained parameters
  bool finite = true;
  int first_not_finite = -1;  ///< of Plan::parameters, in block order; -1: none
};

/// Adds the sums of squares in the order of `terms`.
GradientSummary SummaryOf(const Plan& plan, std::span<const NormTerm> terms,
                          std::span<const double> sums);

/// min(1, clip_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_; 1 for a clip_norm of 0.
float ClipScale(double clip_norm, double norm);

/// One step is Sum, Gather, Decide. Allocates only when made. Not thread-safe.
class GradientNorm {
 public:
  /// `plan` and `backend` outlive this.
  GradientNorm(const Plan& plan, int rank, Backend& backend, const GradientCheck& check);

  /// Adds a slice of this rank: `gradient` holds the sum over all shards when Sum is called. Every
  /// one of SlicesOf, before the first step.
  void AddSlice(const SlicePiece& piece, Tensor gradient);

  /// Enqueues the sums of squares of this rank's blocks.
  void Sum(Stream& stream);
  /// Brings the sums of all ranks to each. Collective; the stream's work is done.
  void Gather(Communicator& communicator) { communicator.AllGather(sums_of_all_); }
  /// Looks at the sums of all ranks and enqueues the write of verdict().
  void Decide(Stream& stream);

  /// GradientVerdict as bytes, for UpdateSlice.
  Tensor verdict() const;
  const GradientSummary& summary() const { return summary_; }
  /// Whether the step that Decide looked at changes nothing.
  bool voids() const { return decided_.is_void != 0; }
  /// What this rank sends in Gather, R - 1 times 8 bytes for each of its blocks.
  std::int64_t bytes_sent() const;

 private:
  struct Slice {
    Tensor gradient;
    Tensor sums;
  };

  const Plan& plan_;
  int rank_;
  Backend& backend_;
  GradientCheck check_;
  std::vector<NormTerm> terms_;
  Buffer sums_;
  Tensor sums_of_all_;  ///< [ranks * blocks of one] float64
  Buffer verdict_;
  std::vector<Slice> slices_;
  GradientSummary summary_;
  GradientVerdict decided_;
};

}  // namespace lockstep
