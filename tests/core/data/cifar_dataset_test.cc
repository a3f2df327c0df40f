#include "core/data/cifar_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/errors.h"
#include "tests/core/data/cifar_bytes.h"
#include "tests/core/gzip.h"
#include "tests/core/thrown_message.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Five records in two files, with labels 0, 1, 2 and 1, 2; record r is painted with seed r.
class CifarDatasetTest : public testing::Test {
 protected:
  CifarDatasetTest() {
    options_.files = {
        folder_.Write("first", Cifar10Record(0, 0) + Cifar10Record(1, 1) + Cifar10Record(2, 2)),
        folder_.Write("second", Cifar10Record(1, 3) + Cifar10Record(2, 4))};
    options_.classes = 3;
  }

  static std::vector<int> LabelsOf(const Dataset& dataset) {
    std::vector<int> labels;
    for (std::int64_t record = 0; record < dataset.size(); ++record) {
      labels.push_back(dataset.LabelOf(record));
    }
    return labels;
  }

  /// The first red value of each record.
  static std::vector<int> FirstValuesOf(const Dataset& dataset) {
    std::vector<int> values;
    std::vector<std::uint8_t> pixels(BytesOf(dataset.image_shape()));
    for (std::int64_t record = 0; record < dataset.size(); ++record) {
      EXPECT_EQ(dataset.Read(record, pixels), dataset.LabelOf(record));
      values.push_back(pixels[0]);
    }
    return values;
  }

  TemporaryFolder folder_;
  CifarDatasetOptions options_;
};

TEST_F(CifarDatasetTest, JoinsTheFilesInOrder) {
  const CifarDataset dataset(options_);
  EXPECT_EQ(dataset.image_shape().height, 32);
  EXPECT_EQ(dataset.image_shape().width, 32);
  EXPECT_EQ(dataset.image_shape().channels, 3);
  EXPECT_EQ(dataset.classes(), 3);
  EXPECT_THAT(LabelsOf(dataset), ElementsAre(0, 1, 2, 1, 2));
  EXPECT_THAT(FirstValuesOf(dataset), ElementsAre(0, 89, 178, 267 - 256, 356 - 256));
  EXPECT_EQ(dataset.Describe(2), options_.files[0].string() + ", record 2");
  EXPECT_EQ(dataset.Describe(3), options_.files[1].string() + ", record 0");
}

TEST_F(CifarDatasetTest, TakesTheFineLabels) {
  options_.version = CifarVersion::kCifar100;
  options_.files = {folder_.Write("train", Cifar100Record(7, 2, 0) + Cifar100Record(0, 1, 1))};
  EXPECT_THAT(LabelsOf(CifarDataset(options_)), ElementsAre(2, 1));
}

TEST_F(CifarDatasetTest, HasTheSameDigestPlainAndPacked) {
  const std::string digest = CifarDataset(options_).digest();
  options_.files[1] = folder_.Write("second.gz", Gzip(Cifar10Record(1, 3) + Cifar10Record(2, 4)));
  EXPECT_EQ(CifarDataset(options_).digest(), digest);
  options_.files[1] = folder_.Write("second.gz", Gzip(Cifar10Record(1, 3) + Cifar10Record(2, 5)));
  EXPECT_NE(CifarDataset(options_).digest(), digest);
}

TEST_F(CifarDatasetTest, NamesFileRecordAndClassCountOfALabelOutOfRange) {
  options_.files = {folder_.Write("good", Cifar10Record(1, 0)),
                    folder_.Write("bad", Cifar10Record(1, 1) + Cifar10Record(3, 2))};
  EXPECT_THAT(ThrownMessage<DataError>([&] { CifarDataset{options_}; }),
              AllOf(HasSubstr("bad, record 1"), HasSubstr("below 3"), HasSubstr("model.classes"),
                    HasSubstr("got 3")));
}

TEST_F(CifarDatasetTest, LeavesRecordsWithBadLabelsOutWhereTheyAreToBeSkipped) {
  options_.classes = 2;
  options_.on_bad_record = DataConfig::SKIP;
  const CifarDataset dataset(options_);
  EXPECT_THAT(LabelsOf(dataset), ElementsAre(0, 1, 1));
  EXPECT_THAT(FirstValuesOf(dataset), ElementsAre(0, 89, 267 - 256));
  EXPECT_EQ(dataset.Describe(2), options_.files[1].string() + ", record 0");
}

TEST_F(CifarDatasetTest, CountsBadLabelsOverAllFiles) {
  options_.classes = 2;
  options_.on_bad_record = DataConfig::SKIP;
  options_.bad_record_limit = 2;
  EXPECT_EQ(CifarDataset(options_).size(), 3);
  options_.bad_record_limit = 1;
  EXPECT_THAT(ThrownMessage<DataError>([&] { CifarDataset{options_}; }),
              AllOf(HasSubstr("second, record 1"), HasSubstr("data.bad_record_limit")));
}

TEST_F(CifarDatasetTest, RefusesFilesThatLeaveNothing) {
  options_.files = {folder_.Write("bad", Cifar10Record(3, 0))};
  options_.on_bad_record = DataConfig::SKIP;
  EXPECT_THROW(CifarDataset{options_}, DataError);
}

}  // namespace
}  // namespace lockstep
