#include "core/data/dataset_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/memory_dataset.h"

namespace lockstep {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(DatasetStatisticsTest, CountsClassesAndMeasuresEachChannel) {
  LabelledImages images;
  images.shape = {1, 2, 2};
  images.pixels = {0, 255, 255, 255, 0, 255, 255, 255};
  images.labels = {2, 0};
  const DatasetStatistics statistics = StatisticsOf(MemoryDataset("test", images, 3));
  EXPECT_THAT(statistics.histogram, ElementsAre(1, 0, 1));
  EXPECT_THAT(statistics.mean, ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_THAT(statistics.std, ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(0, 1e-12)));
}

}  // namespace
}  // namespace lockstep
