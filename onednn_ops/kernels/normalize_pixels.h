#pragma once

// uint8 pixels to normalised float32, the first node of every model.

#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// What is done to the pixels of each channel: p * scale + bias.
class PixelScaling {
 public:
  /// (p / 255 - mean) / std as one multiplication and one addition: scale = 1 / (255 std), bias =
  /// -mean / std, rounded once to float32. Throws std::logic_error where the lengths differ or are
  /// 0.
  PixelScaling(std::span<const float> mean, std::span<const float> deviation);

  /// Scale and bias of each element of kPixels consecutive pixels, channel by channel: as long as a
  /// vector register for any number of channels.
  std::span<const float> scales() const { return scales_; }
  std::span<const float> biases() const { return biases_; }
  std::size_t channels() const { return channels_; }

  static constexpr std::size_t kPixels = 64;

 private:
  std::size_t channels_;
  std::vector<float> scales_;
  std::vector<float> biases_;
};

/// `pixels` is a whole number of pixels [..., C], C as in `scaling`; `out` is as long. On one
/// thread. Multiplication and addition are rounded apart, so that every instruction set gives the
/// same bits.
void NormalizePixels(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                     std::span<float> out);

}  // namespace lockstep
