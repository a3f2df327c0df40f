#include "core/data/augmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/errors.h"
#include "core/random/purpose.h"
#include "core/random/uniform_integer.h"

namespace lockstep {

namespace {

constexpr std::uint32_t kPurpose = PurposeWord(Purpose::kAugmentation);
constexpr std::size_t kRowWord = 0;
constexpr std::size_t kColumnWord = 1;
constexpr std::size_t kFlipWord = 2;

void Check(const AugmentationConfig& config, const ImageShape& images) {
  const std::int64_t side = std::min(images.height, images.width);
  if (config.crop_padding() < 0 || config.crop_padding() >= side) {
    throw ConfigError(fmt::format(
        "augmentation.crop_padding: expected at least 0 and less than {}, the shorter side of the "
        "images, so that every window holds a part of the image; got {}",
        side, config.crop_padding()));
  }
  // Written so that a number which is none is refused.
  if (!(config.horizontal_flip() >= 0 && config.horizontal_flip() <= 1)) {
    throw ConfigError(
        fmt::format("augmentation.horizontal_flip: expected a probability from 0 to 1, got {}",
                    config.horizontal_flip()));
  }
}

/// Writes `from`, moved to the left by `bytes` (to the right where that is negative), to `to`,
/// which may be the same row.
void ShiftRow(std::span<const std::uint8_t> from, std::int64_t bytes, std::span<std::uint8_t> to) {
  const auto gap = static_cast<std::size_t>(std::abs(bytes));
  const std::size_t kept = from.size() - gap;
  if (bytes >= 0) {
    std::memmove(to.data(), from.data() + gap, kept);
    std::ranges::fill(to.last(gap), std::uint8_t{0});
  } else {
    std::memmove(to.data() + gap, from.data(), kept);
    std::ranges::fill(to.first(gap), std::uint8_t{0});
  }
}

}  // namespace

Augmentation::Augmentation(const AugmentationConfig& config, std::uint64_t seed,
                           const ImageShape& images)
    : philox_(seed),
      images_(images),
      crop_padding_(config.crop_padding()),
      horizontal_flip_(config.horizontal_flip()) {
  Check(config, images);
}

void Augmentation::Apply(std::uint64_t n, std::span<std::uint8_t> pixels) const {
  if (crop_padding_ > 0) Shift(DrawOffset(n), pixels);
  if (horizontal_flip_ > 0 && DrawFlip(n)) Flip(pixels);
}

Augmentation::Offset Augmentation::DrawOffset(std::uint64_t n) const {
  const auto range = static_cast<std::uint32_t>(2 * crop_padding_ + 1);
  return {UniformBelow(range, philox_, {kPurpose, n, kRowWord}) - crop_padding_,
          UniformBelow(range, philox_, {kPurpose, n, kColumnWord}) - crop_padding_};
}

bool Augmentation::DrawFlip(std::uint64_t n) const {
  return ToUnitFloat(philox_.Draw(CounterOf(0, kPurpose, n))[kFlipWord]) < horizontal_flip_;
}

void Augmentation::Shift(const Offset& by, std::span<std::uint8_t> pixels) const {
  for (std::int64_t i = 0; i < images_.height; ++i) {
    // In the order that reads every row before it is overwritten.
    const std::int64_t y = by.rows >= 0 ? i : images_.height - 1 - i;
    const std::int64_t from = y + by.rows;
    const auto row = Row(y, pixels);
    if (from < 0 || from >= images_.height) {
      std::ranges::fill(row, std::uint8_t{0});
    } else {
      ShiftRow(Row(from, pixels), by.columns * images_.channels, row);
    }
  }
}

void Augmentation::Flip(std::span<std::uint8_t> pixels) const {
  const auto channels = images_.channels;
  for (std::int64_t y = 0; y < images_.height; ++y) {
    const auto row = Row(y, pixels);
    for (std::int64_t x = 0; x < images_.width / 2; ++x) {
      const auto left = row.begin() + x * channels;
      const auto right = row.begin() + (images_.width - 1 - x) * channels;
      std::swap_ranges(left, left + channels, right);
    }
  }
}

std::span<std::uint8_t> Augmentation::Row(std::int64_t y, std::span<std::uint8_t> pixels) const {
  const auto bytes = static_cast<std::size_t>(images_.width * images_.channels);
  return pixels.subspan(static_cast<std::size_t>(y) * bytes, bytes);
}

}  // namespace lockstep
