#include "core/data/open_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

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

std::string Images(std::uint32_t count) {
  return IdxHeader({count, 2, 2}) + std::string(4 * count, 'p');
}

std::string Labels(std::uint32_t count) { return IdxHeader({count}) + std::string(count, '\1'); }

DataConfig ConfigFor(const TemporaryFolder& folder) {
  DataConfig config;
  config.set_path(folder.path().string());
  return config;
}

TEST(OpenDatasetTest, FindsThePublishedNamesPlainOrPacked) {
  const TemporaryFolder folder;
  folder.Write("train-images-idx3-ubyte", Images(3));
  folder.Write("train-labels-idx1-ubyte.gz", Gzip(Labels(3)));
  folder.Write("t10k-images-idx3-ubyte.gz", Gzip(Images(2)));
  folder.Write("t10k-labels-idx1-ubyte", Labels(2));
  EXPECT_EQ(OpenDataset(ConfigFor(folder), Split::TRAIN, 10)->size(), 3);
  EXPECT_EQ(OpenDataset(ConfigFor(folder), Split::VALIDATION, 10)->size(), 2);
}

TEST(OpenDatasetTest, FollowsThePathsOfSplits) {
  const TemporaryFolder folder;
  folder.Write("mine-images-idx3.gz", Gzip(Images(5)));
  folder.Write("mine-labels-idx1.gz", Gzip(Labels(5)));
  DataConfig config = ConfigFor(folder);
  config.set_train_path("mine-images-idx3.gz");
  EXPECT_EQ(OpenDataset(config, Split::TRAIN, 10)->size(), 5);
  config.set_validation_path((folder.path() / "mine-images-idx3").string());
  EXPECT_EQ(OpenDataset(config, Split::VALIDATION, 10)->size(), 5);
  config.set_train_path("pictures");
  EXPECT_THAT(ThrownMessage<InputMissing>([&] { OpenDataset(config, Split::TRAIN, 10); }),
              HasSubstr("pictures.gz"));
  folder.Write("pictures", Images(5));
  EXPECT_THAT(ThrownMessage<ConfigError>([&] { OpenDataset(config, Split::TRAIN, 10); }),
              AllOf(HasSubstr("data.train_path"), HasSubstr("images-idx3")));
}

TEST(OpenDatasetTest, NamesWhatIsMissingAndWhatToDo) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      ThrownMessage<InputMissing>([&] { OpenDataset(ConfigFor(folder), Split::TRAIN, 10); }),
      AllOf(HasSubstr("train-images-idx3-ubyte"), HasSubstr("lockstep data make")));
  DataConfig config;
  config.set_path((folder.path() / "none").string());
  EXPECT_THAT(ThrownMessage<InputMissing>([&] { OpenDataset(config, Split::TRAIN, 10); }),
              AllOf(HasSubstr("data.path"), HasSubstr("none")));
  EXPECT_THAT(ThrownMessage<ConfigError>([&] { OpenDataset(DataConfig(), Split::TRAIN, 10); }),
              HasSubstr("data.path"));
}

std::vector<std::int32_t> FirstLabels(const Dataset& dataset, std::int64_t count) {
  std::vector<std::int32_t> labels;
  for (std::int64_t record = 0; record < count; ++record) labels.push_back(dataset.LabelOf(record));
  return labels;
}

TEST(OpenDatasetTest, ReadsFashionMnistAsPublished) {
  const char* data = std::getenv("LOCKSTEP_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "LOCKSTEP_TEST_DATA is not set";
  DataConfig config;
  config.set_path(std::string(data) + "/fashion-mnist");
  const auto train = OpenDataset(config, Split::TRAIN, 10);
  EXPECT_EQ(train->size(), 60000);
  EXPECT_THAT(FirstLabels(*train, 10), ElementsAre(9, 0, 0, 3, 0, 2, 7, 2, 5, 5));
  const auto validation = OpenDataset(config, Split::VALIDATION, 10);
  EXPECT_EQ(validation->size(), 10000);
  EXPECT_THAT(FirstLabels(*validation, 10), ElementsAre(9, 2, 1, 1, 6, 1, 4, 6, 5, 7));
  EXPECT_EQ(validation->image_shape().height, 28);
  EXPECT_EQ(validation->image_shape().width, 28);
  EXPECT_NE(train->digest(), validation->digest());
}

}  // namespace
}  // namespace lockstep
