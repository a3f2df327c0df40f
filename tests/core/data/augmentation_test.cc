#include "core/data/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/random/purpose.h"
#include "tests/core/data/naive_augmentation.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Pixels = std::vector<std::uint8_t>;

constexpr std::uint64_t kSeed = 11;
constexpr ImageShape kSmall{5, 7, 3};

AugmentationConfig ConfigOf(int crop_padding, float horizontal_flip) {
  AugmentationConfig config;
  config.set_crop_padding(crop_padding);
  config.set_horizontal_flip(horizontal_flip);
  return config;
}

/// Pixels that differ from each other and from 0.
Pixels Picture(const ImageShape& images) {
  Pixels pixels(static_cast<std::size_t>(images.height * images.width * images.channels));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(1 + i);
  return pixels;
}

Pixels Changed(const AugmentationConfig& config, const ImageShape& images, std::uint64_t n) {
  Pixels pixels = Picture(images);
  Augmentation(config, kSeed, images).Apply(n, pixels);
  return pixels;
}

TEST(AugmentationTest, DoesWhatItsDrawsSay) {
  for (const ImageShape& images : {ImageShape{5, 7, 3}, ImageShape{6, 5, 1}, ImageShape{4, 4, 2}}) {
    for (const int padding : {0, 1, 3}) {
      for (const float flip : {0.0F, 0.3F, 1.0F}) {
        const AugmentationConfig config = ConfigOf(padding, flip);
        for (std::uint64_t n = 0; n < 200; ++n) {
          ASSERT_EQ(Changed(config, images, n),
                    NaivelyChanged(config, images, {kSeed, n}, Picture(images)))
              << "padding " << padding << ", flip " << flip << ", sample " << n;
        }
      }
    }
  }
}

TEST(AugmentationTest, ReadsBothWordsOfTheSampleNumber) {
  const AugmentationConfig config = ConfigOf(2, 0.5F);
  int differ = 0;
  for (std::uint64_t n = 0; n < 20; ++n) {
    const std::uint64_t far = n + (std::uint64_t{1} << 32);
    EXPECT_EQ(Changed(config, kSmall, far),
              NaivelyChanged(config, kSmall, {kSeed, far}, Picture(kSmall)));
    differ += Changed(config, kSmall, far) != Changed(config, kSmall, n) ? 1 : 0;
  }
  EXPECT_GT(differ, 10);
}

TEST(AugmentationTest, ChangesNothingUnlessAsked) {
  for (std::uint64_t n = 0; n < 50; ++n) {
    EXPECT_EQ(Changed(AugmentationConfig(), kSmall, n), Picture(kSmall));
    Pixels pixels = Picture(kSmall);
    Augmentation().Apply(n, pixels);
    EXPECT_EQ(pixels, Picture(kSmall));
  }
}

TEST(AugmentationTest, DrawsEveryOffsetAboutEquallyOften) {
  constexpr ImageShape kOnePixelWide{9, 9, 1};
  constexpr int kPadding = 4;
  std::map<std::pair<int, int>, int> windows;
  // The centre is within every window: where it went tells the offset.
  Pixels marked(81, 0);
  marked[4 * 9 + 4] = 1;
  const Augmentation augmentation(ConfigOf(kPadding, 0), kSeed, kOnePixelWide);
  for (std::uint64_t n = 0; n < 81 * 200; ++n) {
    Pixels pixels = marked;
    augmentation.Apply(n, pixels);
    const auto at = std::find(pixels.begin(), pixels.end(), 1) - pixels.begin();
    ASSERT_LT(at, 81);
    ++windows[{static_cast<int>(at / 9), static_cast<int>(at % 9)}];
  }
  ASSERT_EQ(windows.size(), 81U);
  // A standard deviation is 14.
  for (const auto& [place, count] : windows) EXPECT_NEAR(count, 200, 70);
}

TEST(AugmentationTest, FlipsWithTheProbability) {
  for (const float probability : {0.25F, 0.5F}) {
    int flips = 0;
    for (std::uint64_t n = 0; n < 10000; ++n) {
      flips += Changed(ConfigOf(0, probability), kSmall, n) != Picture(kSmall) ? 1 : 0;
    }
    // A standard deviation is 50 at most.
    EXPECT_NEAR(flips, 10000 * probability, 250);
  }
}

TEST(AugmentationTest, FlipsTheSameSamplesWithAndWithoutTheCrop) {
  const ImageShape rows{5, 9, 1};
  for (std::uint64_t n = 0; n < 100; ++n) {
    Pixels cropped = Changed(ConfigOf(2, 0), rows, n);
    if (Changed(ConfigOf(0, 0.5F), rows, n) != Picture(rows)) {
      for (auto row = cropped.begin(); row != cropped.end(); row += 9) std::reverse(row, row + 9);
    }
    EXPECT_EQ(Changed(ConfigOf(2, 0.5F), rows, n), cropped);
  }
}

TEST(AugmentationTest, SeedsDiffer) {
  int differ = 0;
  for (std::uint64_t n = 0; n < 20; ++n) {
    Pixels other = Picture(kSmall);
    Augmentation(ConfigOf(2, 0.5F), kSeed + 1, kSmall).Apply(n, other);
    differ += other != Changed(ConfigOf(2, 0.5F), kSmall, n) ? 1 : 0;
  }
  EXPECT_GT(differ, 10);
}

TEST(AugmentationTest, RefusesWhatLeavesNothingOfAnImage) {
  const auto message = [](const AugmentationConfig& config) {
    return ThrownMessage<ConfigError>([&] { Augmentation(config, kSeed, kSmall); });
  };
  EXPECT_NO_THROW(Augmentation(ConfigOf(4, 1), kSeed, kSmall));
  EXPECT_THAT(message(ConfigOf(5, 0)), AllOf(HasSubstr("augmentation.crop_padding"),
                                             HasSubstr("less than 5"), HasSubstr("got 5")));
  EXPECT_THAT(message(ConfigOf(-1, 0)), HasSubstr("augmentation.crop_padding"));
  for (const float wrong : {-0.5F, 1.5F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THAT(message(ConfigOf(0, wrong)), HasSubstr("augmentation.horizontal_flip"));
  }
}

}  // namespace
}  // namespace lockstep
