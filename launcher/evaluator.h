#pragma once

// Evaluation of one set of weights on one split, by all ranks together. Batches have one fixed
// shape whatever the number of ranks, every sample counts once, and sums are made in batch order:
// the same figures on any number of ranks.

#include <cstdint>
#include <functional>
#include <vector>

#include "comm/communication_thread.h"
#include "core/data/evaluation_batches.h"
#include "core/device/backend.h"
#include "core/model/model.h"

namespace lockstep {

struct EvaluationResult {
  std::int64_t samples = 0;
  double loss = 0;  ///< mean cross-entropy, without smoothing or class weights
  double accuracy = 0;
  double top5_accuracy = 0;
  int classes = 0;
  std::vector<std::int64_t> confusion;  ///< [classes, classes]: row label, column prediction
};

/// Not thread-safe; Run is collective.
class Evaluator {
 public:
  /// `model` is planned for evaluation and for batches of `batches`' shape.
  Evaluator(Model& model, Backend& backend, CommunicationThread& communication,
            const EvaluationBatches& batches);

  /// Evaluates the model's present working weights. `after_batch` is called after each batch of
  /// this rank; it may be empty.
  EvaluationResult Run(const std::function<void()>& after_batch = {});

 private:
  /// What one batch yields, in the order in which ranks gather it.
  struct Gathered {
    std::vector<double> sums;              ///< [batches, kLossSums]
    std::vector<std::int32_t> label;       ///< [batches, N], -1 on padding
    std::vector<std::int32_t> prediction;  ///< [batches, N]
  };

  void EvaluateBatch(std::int64_t batch, Gathered& gathered);
  void Gather(Gathered& gathered);
  EvaluationResult Summarize(const Gathered& gathered) const;

  Model& model_;
  CommunicationThread& communication_;
  const EvaluationBatches& batches_;
  Buffer host_;  ///< one batch of input, then the logits and loss sums
  Shard shard_;
  Tensor logits_;
  Tensor loss_sums_;
};

}  // namespace lockstep
