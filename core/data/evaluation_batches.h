#pragma once

// A data set as batches of one fixed shape, each record once, in order: what an evaluation runs on.
// The batches do not depend on ranks, so that any rank may take any of them.

#include <cstdint>

#include "core/data/dataset.h"
#include "core/model/stage.h"

namespace lockstep {

/// Thread-safe for distinct destinations.
class EvaluationBatches {
 public:
  /// `dataset` outlives it. Throws ConfigError for a batch below 1.
  EvaluationBatches(const Dataset& dataset, std::int64_t batch);

  /// Number of batches: ceil(records / batch).
  std::int64_t count() const;
  std::int64_t batch() const { return batch_; }
  /// Records in batch `b`; fewer than batch() in the last one at most.
  std::int64_t RecordsIn(std::int64_t b) const;

  /// Writes batch `b` in [0, count()) to tensors of batch() samples in host memory. The padding of
  /// the last batch repeats its first record with weight 0; all others have weight 1. The step
  /// input, where present, has its default values but for first_sample, the number of the batch's
  /// first record. Throws as Dataset::Read.
  void Fill(std::int64_t b, const Shard& into) const;

 private:
  const Dataset& dataset_;
  std::int64_t batch_;
};

}  // namespace lockstep
