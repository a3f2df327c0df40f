#pragma once

// A training set of noise, for tests in which only bits count.

#include <cstdint>
#include <memory>
#include <random>
#include <utility>

#include "core/data/memory_dataset.h"
#include "launcher/job.h"

namespace lockstep {

/// `records` images of noise in 10 classes, class by class in turn; the same at every call.
inline JobData NoiseImages(const ImageShape& shape, int records) {
  LabelledImages images;
  images.shape = shape;
  images.pixels.resize(static_cast<std::size_t>(records) * BytesOf(shape));
  std::mt19937 random(1);
  for (auto& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random());
  for (int record = 0; record < records; ++record) images.labels.push_back(record % 10);
  JobData data;
  data.train = std::make_unique<MemoryDataset>("noise", std::move(images), 10);
  return data;
}

}  // namespace lockstep
