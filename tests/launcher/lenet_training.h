#pragma once

// Training of LeNet on noise, for tests that run ranks as threads of one process.

#include <random>
#include <utility>

#include "configs/config.pb.h"
#include "core/data/memory_dataset.h"
#include "launcher/job.h"
#include "tests/core/parse_message.h"

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
inline JobData NoiseData() {
  constexpr int kRecords = 100;
  LabelledImages images;
  images.shape = {28, 28, 1};
  images.pixels.resize(kRecords * BytesOf(images.shape));
  std::mt19937 random(1);
  for (auto& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random());
  for (int record = 0; record < kRecords; ++record) images.labels.push_back(record % 10);
  JobData data;
  data.train = std::make_unique<MemoryDataset>("noise", std::move(images), 10);
  return data;
}

}  // namespace lockstep
