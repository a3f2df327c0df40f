#pragma once

// Training of LeNet on noise, for tests that run ranks as threads of one process.

#include "configs/config.pb.h"
#include "launcher/job.h"
#include "tests/core/parse_message.h"
#include "tests/launcher/noise_data.h"

namespace lockstep {

/// LeNet with dropout, batch 32 in 8 shards, 1 thread a rank, 2 gradient buckets, SGD with
/// momentum.
inline Config LeNetTraining() {
  return ParseMessage<Config>(R"(
    batch: 32 shards: 8 threads_per_rank: 1 bucket_kib: 64 steps: 1000 backend: ONEDNN
    model { preset: 'lenet' dropout: 0.25 }
    optimizer { learning_rate: 0.05 momentum: 0.9 }
    evaluation { every_epochs: 0 })");
}

/// 100 images of noise; the same at every call.
inline JobData NoiseData() { return NoiseImages({28, 28, 1}, 100); }

}  // namespace lockstep
