#pragma once

// Augmentation written down again from its documented draws, pixel by pixel: what the fast one is
// held to.

#include <cstdint>
#include <vector>

#include "configs/data.pb.h"
#include "core/graph/graph.h"
#include "core/random/philox.h"

namespace lockstep {

/// What the draws of a sample are keyed by.
struct AugmentationKey {
  std::uint64_t seed = 0;
  std::uint64_t n = 0;
};

/// The image behind `pixels`, [H, W, C], padded, cut and flipped. Does not redraw: the ranges of
/// tests are so small that a word in a thousand million would be passed over.
inline std::vector<std::uint8_t> NaivelyChanged(const AugmentationConfig& config,
                                                const ImageShape& images,
                                                const AugmentationKey& key,
                                                const std::vector<std::uint8_t>& pixels) {
  const auto words = Philox(key.seed).Draw(
      {0, 0x80000200, static_cast<std::uint32_t>(key.n), static_cast<std::uint32_t>(key.n >> 32)});
  const std::int64_t padding = config.crop_padding();
  const auto range = static_cast<std::uint64_t>(2 * padding + 1);
  const auto top = static_cast<std::int64_t>(words[0] * range >> 32);
  const auto left = static_cast<std::int64_t>(words[1] * range >> 32);
  const bool flips = static_cast<float>(words[2] >> 8) / 16777216.0F < config.horizontal_flip();
  std::vector<std::uint8_t> changed;
  for (std::int64_t y = 0; y < images.height; ++y) {
    for (std::int64_t x = 0; x < images.width; ++x) {
      const std::int64_t row = y + top - padding;
      const std::int64_t column = (flips ? images.width - 1 - x : x) + left - padding;
      const bool inside = row >= 0 && row < images.height && column >= 0 && column < images.width;
      for (std::int64_t channel = 0; channel < images.channels; ++channel) {
        const std::int64_t at = (row * images.width + column) * images.channels + channel;
        changed.push_back(inside ? pixels[static_cast<std::size_t>(at)] : std::uint8_t{0});
      }
    }
  }
  return changed;
}

}  // namespace lockstep
