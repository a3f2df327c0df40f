#pragma once

// uint8 pixels to normalised activations, the first node of every model.

#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/tensor.h"

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

/// `pixels` is a whole number of pixels [..., C], C as in `scaling`; `out` is as long, F32 or BF16
/// (another type throws std::logic_error). On one thread. Multiplication and addition are rounded
/// apart in float32, so that every instruction set gives the same bits; BF16 rounds their result.
void NormalizePixels(std::span<const std::uint8_t> pixels, const PixelScaling& scaling,
                     const Tensor& out);

}  // namespace lockstep
