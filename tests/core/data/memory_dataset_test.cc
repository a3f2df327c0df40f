#include "core/data/memory_dataset.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "tests/core/data/counted_dataset.h"

namespace lockstep {
namespace {

LabelledImages TwoImages() { return {{1, 2, 1}, {10, 11, 20, 21}, {0, 1}}; }

TEST(MemoryDatasetTest, ReadsWhatItWasGiven) {
  const MemoryDataset dataset("two", TwoImages(), 2);
  std::vector<std::uint8_t> pixels(2);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.Read(1, pixels), 1);
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{20, 21}));
  EXPECT_EQ(dataset.LabelOf(0), 0);
  EXPECT_EQ(dataset.Describe(1), "two, record 1");
}

TEST(MemoryDatasetTest, DigestsPixelsLabelsShapeAndClasses) {
  const std::string digest = MemoryDataset("two", TwoImages(), 2).digest();
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(MemoryDataset("elsewhere", TwoImages(), 2).digest(), digest);

  LabelledImages pixels = TwoImages();
  pixels.pixels[3] ^= 1;
  EXPECT_NE(MemoryDataset("two", pixels, 2).digest(), digest);
  LabelledImages labels = TwoImages();
  labels.labels[0] = 1;
  EXPECT_NE(MemoryDataset("two", labels, 2).digest(), digest);
  LabelledImages shape = TwoImages();
  shape.shape = {2, 1, 1};
  EXPECT_NE(MemoryDataset("two", shape, 2).digest(), digest);
  EXPECT_NE(MemoryDataset("two", TwoImages(), 3).digest(), digest);
}

TEST(MemoryDatasetTest, RefusesWhatDoesNotFit) {
  EXPECT_THROW(MemoryDataset("none", {{1, 2, 1}, {}, {}}, 2), DataError);
  EXPECT_THROW(MemoryDataset("short", {{1, 2, 1}, {1, 2, 3}, {0, 1}}, 2), DataError);
  EXPECT_THROW(MemoryDataset("label", {{1, 2, 1}, {1, 2}, {2}}, 2), DataError);
  EXPECT_THROW(MemoryDataset("label", {{1, 2, 1}, {1, 2}, {-1}}, 2), DataError);
}

}  // namespace
}  // namespace lockstep
