#pragma once

// The part of the training state that one rank owns: float32 master weights and the optimizer's
// moments of its slices (ZeRO stage 1). The reducer updates it, checkpoints read and fill it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/optimizer.pb.h"
#include "core/device/backend.h"
#include "core/plan/plan.h"
#include "core/plan/slices.h"

namespace lockstep {

struct ReplicaStateOptions {
  const Plan& plan;
  int rank = 0;
  Backend& backend;
  const OptimizerConfig& optimizer;
  std::vector<std::string> moment_names;  ///< UpdateRule::moment_names
};

/// Packed: the rank's slices one behind the other, at SlicePiece::packed. Allocates only when made;
/// memory that the host can read. Not thread-safe.
class ReplicaState {
 public:
  explicit ReplicaState(const ReplicaStateOptions& options);

  const std::vector<SlicePiece>& pieces() const { return pieces_; }
  const std::vector<std::string>& moment_names() const { return moment_names_; }
  /// [packed elements], float32.
  std::span<float> master() const;
  std::span<float> moment(int index) const;
  /// Bytes of masters and moments on this rank.
  std::size_t bytes() const;

  /// Takes this rank's slices from a buffer of the plan's layout, [gradient_elements].
  void LoadMasters(std::span<const float> full) { Load(master(), full); }
  void LoadMoment(int index, std::span<const float> full) { Load(moment(index), full); }

  /// Master, moments and block rules of one of pieces(); the other fields are absent.
  UpdateSlice SliceOf(const SlicePiece& piece) const;

 private:
  void Load(std::span<float> packed, std::span<const float> full) const;

  std::vector<SlicePiece> pieces_;
  std::vector<std::string> moment_names_;
  std::int64_t elements_ = 0;
  Buffer master_;
  std::vector<Buffer> moments_;
  Buffer block_rules_;
};

/// How each block of the gradient buffer is updated, [gradient_elements / kBlock].
std::vector<BlockRule> BlockRulesOf(const Plan& plan, const OptimizerConfig& optimizer);

}  // namespace lockstep
