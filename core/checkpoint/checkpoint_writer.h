#pragma once

// Saves a checkpoint by all ranks together: each holds a part of the weights and moments, the files
// hold whole tensors and are the same bytes whatever the number of ranks.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/run_state.h"
#include "core/communicator.h"
#include "core/plan/plan.h"

namespace lockstep {

/// One moment of the optimizer on this rank.
struct MomentSlices {
  std::string name;  ///< as UpdateRule::moment_names tells: "momentum"
  std::span<const float> slices;
};

/// What this rank brings. The slices are its packed ones (SlicesOf), in host memory that does not
/// change while a save goes on: a caller that trains on meanwhile hands in copies.
struct CheckpointContent {
  RunState state;                 ///< the same on all ranks; rank 0 writes it
  std::span<const float> master;  ///< weights and statistics
  std::vector<MomentSlices> moments;
};

struct CheckpointWriterOptions {
  int keep = 0;  ///< checkpoints that stay besides the best; 0: all
  /// Called on rank 0 right before the commit; throws to forbid it. See
  /// RunDirectory::CheckGeneration.
  std::function<void()> before_commit;
};

/// One a rank. Not thread-safe. What it refers to outlives it.
class CheckpointWriter {
 public:
  CheckpointWriter(CheckpointStore& store, const Plan& plan, Communicator& communicator,
                   CheckpointWriterOptions options = {});

  /// Collective. When it returns, the checkpoint is committed and lasts. Where a rank fails, every
  /// rank throws that rank's error (see AgreeOnErrors), the temporary folder is removed and
  /// nothing is committed. Throws std::invalid_argument where slices are not of the plan's length.
  void Save(const CheckpointContent& content);

 private:
  /// Runs `part` and agrees on its success with all ranks.
  void Together(std::int64_t step, const std::function<void()>& part);
  void CheckSizes(const CheckpointContent& content) const;
  void PrepareFiles(const CheckpointContent& content);
  void WriteTensors(const CheckpointContent& content);
  void Commit(const CheckpointContent& content);

  CheckpointStore& store_;
  const Plan& plan_;
  Communicator& communicator_;
  CheckpointWriterOptions options_;
};

}  // namespace lockstep
