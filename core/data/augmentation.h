#pragma once

// Random changes of training images, made by the loader in the input buffer. What happens to a
// sample is a pure function of seed and stream number, so that it is the same on any number of ranks
// and loader threads and after a resume. An evaluation never has one.

#include <cstdint>
#include <span>

#include "configs/data.pb.h"
#include "core/graph/graph.h"
#include "core/random/philox.h"

namespace lockstep {

/// A value; thread-safe. The words w0, w1, w2 of a sample are those of a Philox draw with the run's
/// seed as key and Purpose::kAugmentation; in this order:
///   crop_padding p      p zero pixels are added on every side, and a window of the old size is cut
///                       at row UniformBelow(2p + 1) by w0 and column UniformBelow(2p + 1) by w1
///                       (torchvision's RandomCrop(size, padding=p))
///   horizontal_flip q   rows are turned around where w2 as a fraction of 2^32, cut to 24 bits, is
///                       below q (torchvision's RandomHorizontalFlip)
/// Each has words of its own: to switch one off leaves the other as it is.
class Augmentation {
 public:
  /// Changes nothing.
  Augmentation() : philox_(0) {}
  /// Throws ConfigError unless crop_padding is at least 0 and below both sides of the images, and
  /// horizontal_flip is from 0 to 1.
  Augmentation(const AugmentationConfig& config, std::uint64_t seed, const ImageShape& images);

  /// Changes `pixels`, [H, W, C], the image of sample `n` of the endless stream, in place.
  /// Allocates nothing.
  void Apply(std::uint64_t n, std::span<std::uint8_t> pixels) const;

 private:
  /// Where the window begins, relative to the image.
  struct Offset {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
  };

  Offset DrawOffset(std::uint64_t n) const;
  bool DrawFlip(std::uint64_t n) const;
  /// Pixel (y, x) becomes the one at (y, x) + by, or zeros beyond the image.
  void Shift(const Offset& by, std::span<std::uint8_t> pixels) const;
  void Flip(std::span<std::uint8_t> pixels) const;
  std::span<std::uint8_t> Row(std::int64_t y, std::span<std::uint8_t> pixels) const;

  Philox philox_;
  ImageShape images_;
  std::int64_t crop_padding_ = 0;
  float horizontal_flip_ = 0;
};

}  // namespace lockstep
