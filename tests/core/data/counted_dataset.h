#pragma once

// A data set whose pixels say which record they are of.

#include <string>
#include <vector>

#include "core/data/memory_dataset.h"

namespace lockstep {

/// Images of 3 x 2 x 1: every pixel of record r is r % 251, its label r % 10.
inline MemoryDataset CountedDataset(std::int64_t records) {
  LabelledImages images;
  images.shape = {3, 2, 1};
  for (std::int64_t record = 0; record < records; ++record) {
    images.pixels.insert(images.pixels.end(), 6, static_cast<std::uint8_t>(record % 251));
    images.labels.push_back(static_cast<std::int32_t>(record % 10));
  }
  return MemoryDataset("counted", images, 10);
}

}  // namespace lockstep
