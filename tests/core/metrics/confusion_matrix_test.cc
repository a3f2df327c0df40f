#include "core/metrics/confusion_matrix.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lockstep {
namespace {

/// Labels 0 0 0 1 1 2, predictions 0 0 1 1 0 1.
ConfusionMatrix SixSamples() {
  ConfusionMatrix matrix(3);
  const int samples[][2] = {{0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {2, 1}};
  for (const auto& sample : samples) matrix.Add(sample[0], sample[1]);
  return matrix;
}

// By hand, and as sklearn.metrics with zero_division=0 has them.
TEST(ConfusionMatrixTest, GivesTheFiguresOfASmallExample) {
  const ConfusionMatrix matrix = SixSamples();
  EXPECT_EQ(matrix.samples(), 6);
  EXPECT_EQ(matrix.Count(0, 1), 1);
  EXPECT_DOUBLE_EQ(matrix.accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(matrix.OfClass(0).precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.OfClass(0).recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.OfClass(1).precision, 1.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.OfClass(1).recall, 1.0 / 2);
  EXPECT_DOUBLE_EQ(matrix.OfClass(1).f1, 0.4);
  EXPECT_EQ(matrix.OfClass(1).samples, 2);
  EXPECT_DOUBLE_EQ(matrix.MeanOverClasses().precision, 1.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.MeanOverClasses().f1, (2.0 / 3 + 0.4) / 3);
}

TEST(ConfusionMatrixTest, GivesZeroWhereADivisorIsZero) {
  EXPECT_EQ(SixSamples().OfClass(2).precision, 0);
  EXPECT_EQ(SixSamples().OfClass(2).f1, 0);
  EXPECT_EQ(ConfusionMatrix(2).accuracy(), 0);
}

TEST(ConfusionMatrixTest, AddsCountsOfOtherRanks) {
  ConfusionMatrix sum = SixSamples();
  sum.Add(SixSamples().counts());
  EXPECT_EQ(sum.samples(), 12);
  EXPECT_EQ(sum.correct(), 6);
  EXPECT_THROW(sum.Add(ConfusionMatrix(2).counts()), std::invalid_argument);
}

TEST(ConfusionMatrixTest, RefusesClassesThatAreNotThere) {
  ConfusionMatrix matrix(2);
  EXPECT_THROW(matrix.Add(2, 0), std::out_of_range);
  EXPECT_THROW(matrix.Add(0, -1), std::out_of_range);
}

}  // namespace
}  // namespace lockstep
