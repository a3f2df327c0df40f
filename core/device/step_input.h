#pragma once

// Whatever changes from step to step, as device memory: a captured CUDA graph cannot take
// arguments.

#include <cstdint>

namespace lockstep {

/// One a shard. Ops get it as a uint8 tensor of sizeof(StepInput) bytes.
struct StepInput {
  std::uint64_t first_sample = 0;  ///< endless stream number of the shard's first sample
  std::uint64_t step = 0;          ///< steps completed before this one
  float learning_rate = 0;         ///< of this step
  float loss_scale = 1;            ///< factor on the loss gradient, divided out before the update
  float stop_requested = 0;        ///< 1 in a rank's first shard where the rank was asked to stop
  float checkpoint_requested = 0;  ///< likewise, for a checkpoint
  std::uint64_t reserved[4] = {};  ///< keeps the size at 64 bytes
};
static_assert(sizeof(StepInput) == 64);

/// Elements of the loss node's output, float32, summed over the samples of one shard.
enum LossSum : int {
  kLossSum,      ///< loss times sample weight
  kCorrect,      ///< samples whose largest logit is their label's
  kCorrectTop5,  ///< samples whose label is among the five largest logits
  kSamples,      ///< samples of weight above 0
  kLossSums,
};

/// Elements of the control parameter's gradient (ParameterKind::kControl): the loss sums of the
/// step and the words that ranks agree by. The sum over shards is the same on every rank.
enum ControlWord : int {
  kControlLossSum = kLossSum,
  kControlCorrect = kCorrect,
  kControlCorrectTop5 = kCorrectTop5,
  kControlSamples = kSamples,
  kControlStop,        ///< ranks that ask to stop
  kControlCheckpoint,  ///< ranks that ask for a checkpoint
  kControlNotFinite,   ///< shards whose loss is not finite
  kControlWords = 8,
};

}  // namespace lockstep
