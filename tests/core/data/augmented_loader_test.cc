// Training images are changed by their place in the endless stream, whoever loads them.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/data/loader.h"
#include "core/data/memory_dataset.h"
#include "tests/core/allocation_count.h"
#include "tests/core/data/naive_augmentation.h"
#include "tests/core/host_memory_backend.h"

namespace lockstep {
namespace {

using Pixels = std::vector<std::uint8_t>;

// 37 records in batches of 12: no epoch ends where a batch does.
constexpr int kRecords = 37;
constexpr std::uint64_t kSeed = 7;
constexpr ImageShape kImages{6, 5, 3};
constexpr std::size_t kBytes = 6 * 5 * 3;

DataPlan OddPlan() { return DataPlan({kSeed, kRecords, 12, 3, true}); }

/// No two pixels of an image are alike.
MemoryDataset Pictures() {
  LabelledImages images;
  images.shape = kImages;
  for (std::size_t i = 0; i < kRecords * kBytes; ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(1 + (i / kBytes * 53 + i % kBytes) % 255));
  }
  images.labels.resize(kRecords, 1);
  return MemoryDataset("pictures", images, 10);
}

AugmentationConfig CropAndFlip() {
  AugmentationConfig config;
  config.set_crop_padding(2);
  config.set_horizontal_flip(0.5F);
  return config;
}

/// Where a sample comes from.
struct Sample {
  std::uint64_t n = 0;  ///< in the endless stream
  std::int64_t record = 0;
  std::uint64_t in_stage = 0;
};

/// The images of the steps [first, last) as the loader gives them.
std::vector<Pixels> Load(const LoaderOptions& options, std::uint64_t last_step) {
  const MemoryDataset dataset = Pictures();
  HostMemoryBackend backend;
  Loader loader(dataset, OddPlan(), backend, options);
  std::vector<Pixels> images;
  for (std::uint64_t step = options.first_step; step < last_step; ++step) {
    for (const Shard& shard : loader.Next().shards) {
      const auto pixels = shard.images.As<std::uint8_t>();
      for (std::size_t at = 0; at < pixels.size(); at += kBytes) {
        const auto image = pixels.subspan(at, kBytes);
        images.emplace_back(image.begin(), image.end());
      }
    }
  }
  return images;
}

LoaderOptions Augmented() {
  return {.shards = {0, 3}, .augmentation = Augmentation(CropAndFlip(), kSeed, kImages)};
}

/// The images of the first `steps` steps, changed by draws keyed by `number_of`.
std::vector<Pixels> Expected(std::uint64_t steps,
                             const std::function<std::uint64_t(const Sample&)>& number_of) {
  const MemoryDataset dataset = Pictures();
  std::vector<Pixels> images;
  for (std::uint64_t n = 0; n < steps * 12; ++n) {
    const Sample sample = {n, OddPlan().RecordOf(n), n % 12};
    Pixels pixels(kBytes);
    dataset.Read(sample.record, pixels);
    images.push_back(NaivelyChanged(CropAndFlip(), kImages, {kSeed, number_of(sample)}, pixels));
  }
  return images;
}

TEST(AugmentedLoaderTest, KeysEachSampleByItsNumberInTheStream) {
  const auto images = Load(Augmented(), 12);
  EXPECT_EQ(images, Expected(12, [](const Sample& sample) { return sample.n; }));
  // Draws keyed by what is the same in other epochs, or depends on who loads, would show.
  EXPECT_NE(images, Expected(12, [](const Sample& sample) {
              return static_cast<std::uint64_t>(sample.record);
            }));
  EXPECT_NE(images, Expected(12, [](const Sample& sample) { return sample.in_stage; }));
}

TEST(AugmentedLoaderTest, WritesTheSameImagesWithAnyNumberOfThreads) {
  const auto one_thread = Load(Augmented(), 12);
  for (const int threads : {2, 4, 13}) {
    LoaderOptions options = Augmented();
    options.threads = threads;
    EXPECT_EQ(Load(options, 12), one_thread) << threads << " threads";
  }
}

TEST(AugmentedLoaderTest, WritesTheSameImagesAfterAResumeInMidEpoch) {
  const auto whole = Load(Augmented(), 12);
  for (const std::uint64_t step : {1, 4, 11}) {
    LoaderOptions options = Augmented();
    options.first_step = step;
    options.threads = 2;
    const auto rest = whole.begin() + static_cast<std::ptrdiff_t>(12 * step);
    EXPECT_EQ(Load(options, 12), std::vector<Pixels>(rest, whole.end())) << "from step " << step;
  }
}

TEST(AugmentedLoaderTest, WritesTheSameImagesOnAnyNumberOfRanks) {
  const auto one_rank = Load(Augmented(), 1);
  LoaderOptions second = Augmented();
  second.shards = {1, 3};
  EXPECT_EQ(Load(second, 1), std::vector<Pixels>(one_rank.begin() + 4, one_rank.end()));
}

TEST(AugmentedLoaderTest, IsOffByDefault) {
  const MemoryDataset dataset = Pictures();
  const auto images = Load({.shards = {0, 3}}, 5);
  for (std::size_t n = 0; n < images.size(); ++n) {
    Pixels pixels(kBytes);
    dataset.Read(OddPlan().RecordOf(n), pixels);
    EXPECT_EQ(images[n], pixels);
  }
  EXPECT_NE(images, Load(Augmented(), 5));
}

TEST(AugmentedLoaderTest, AllocatesNothingOnceItIsMade) {
  const MemoryDataset dataset = Pictures();
  HostMemoryBackend backend;
  LoaderOptions options = Augmented();
  options.threads = 3;
  Loader loader(dataset, OddPlan(), backend, options);
  loader.Next();  // All threads have started.
  const std::uint64_t before = AllocationCount();
  for (int step = 0; step < 50; ++step) loader.Next();
  EXPECT_EQ(AllocationCount(), before);
}

}  // namespace
}  // namespace lockstep
