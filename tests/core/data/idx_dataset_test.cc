#include "core/data/idx_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/errors.h"
#include "tests/core/data/idx_bytes.h"
#include "tests/core/gzip.h"
#include "tests/core/thrown_message.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Four images of 1 x 2 with labels 0, 1, 2, 1.
class IdxDatasetTest : public testing::Test {
 protected:
  IdxDatasetTest() {
    options_.images = folder_.Write("images", IdxHeader({4, 1, 2}) + "aAbBcCdD");
    options_.labels = folder_.Write("labels", IdxHeader({4}) + std::string("\0\1\2\1", 4));
    options_.classes = 3;
  }

  TemporaryFolder folder_;
  IdxDatasetOptions options_;
};

TEST_F(IdxDatasetTest, ReadsImagesAndLabels) {
  const IdxDataset dataset(options_);
  EXPECT_EQ(dataset.size(), 4);
  EXPECT_EQ(dataset.classes(), 3);
  EXPECT_EQ(dataset.image_shape().height, 1);
  EXPECT_EQ(dataset.image_shape().width, 2);
  EXPECT_EQ(dataset.image_shape().channels, 1);
  std::vector<std::uint8_t> pixels(2);
  EXPECT_EQ(dataset.Read(2, pixels), 2);
  EXPECT_THAT(pixels, ElementsAre('c', 'C'));
  EXPECT_EQ(dataset.Describe(2), options_.images.string() + ", record 2");
}

TEST_F(IdxDatasetTest, HasTheSameDigestPlainAndPacked) {
  const std::string digest = IdxDataset(options_).digest();
  options_.images = folder_.Write("images.gz", Gzip(IdxHeader({4, 1, 2}) + "aAbBcCdD"));
  EXPECT_EQ(IdxDataset(options_).digest(), digest);
  options_.images = folder_.Write("images.gz", Gzip(IdxHeader({4, 1, 2}) + "aAbBcCdE"));
  EXPECT_NE(IdxDataset(options_).digest(), digest);
}

TEST_F(IdxDatasetTest, NamesRecordAndClassCountOfALabelOutOfRange) {
  options_.classes = 2;
  EXPECT_THAT(ThrownMessage<DataError>([&] { IdxDataset{options_}; }),
              AllOf(HasSubstr("labels, record 2"), HasSubstr("below 2"), HasSubstr("got 2")));
}

TEST_F(IdxDatasetTest, LeavesRecordsWithBadLabelsOutWhereTheyAreToBeSkipped) {
  options_.classes = 2;
  options_.on_bad_record = DataConfig::SKIP;
  const IdxDataset dataset(options_);
  EXPECT_EQ(dataset.size(), 3);
  std::vector<std::uint8_t> pixels(2);
  EXPECT_EQ(dataset.Read(2, pixels), 1);
  EXPECT_THAT(pixels, ElementsAre('d', 'D'));
  EXPECT_EQ(dataset.Describe(2), options_.images.string() + ", record 3");
  EXPECT_THAT(dataset.left_out(), ElementsAre(HasSubstr("record 2: expected a label below 2")));
}

TEST_F(IdxDatasetTest, RefusesMoreBadLabelsThanTheLimit) {
  options_.classes = 1;
  options_.on_bad_record = DataConfig::SKIP;
  options_.bad_record_limit = 3;
  EXPECT_EQ(IdxDataset(options_).size(), 1);
  options_.bad_record_limit = 2;
  EXPECT_THAT(ThrownMessage<DataError>([&] { IdxDataset{options_}; }), HasSubstr("record 3"));
}

TEST_F(IdxDatasetTest, RefusesAnotherNumberOfLabelsThanImages) {
  options_.labels = folder_.Write("labels", IdxHeader({3}) + std::string("\0\1\2", 3));
  EXPECT_THAT(ThrownMessage<DataError>([&] { IdxDataset{options_}; }),
              AllOf(HasSubstr("expected 4 labels"), HasSubstr("got 3")));
}

TEST_F(IdxDatasetTest, RefusesFilesThatWereMixedUp) {
  std::swap(options_.images, options_.labels);
  EXPECT_THROW(IdxDataset{options_}, DataError);
}

}  // namespace
}  // namespace lockstep
