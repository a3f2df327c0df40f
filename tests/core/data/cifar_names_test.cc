#include "core/data/cifar_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/data/open_dataset.h"
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

class CifarNamesTest : public testing::Test {
 protected:
  CifarNamesTest() {
    config_.set_format(DataConfig::CIFAR10);
    config_.set_path(folder_.path().string());
  }

  /// Paths below the folder.
  std::vector<std::string> Found(Split::Type split) const {
    std::vector<std::string> names;
    for (const auto& file : FindCifarFiles(config_, split)) {
      names.push_back(file.lexically_relative(folder_.path()).string());
    }
    return names;
  }

  std::string MissingOf(Split::Type split) const {
    return ThrownMessage<InputMissing>([&] { FindCifarFiles(config_, split); });
  }

  void Write(const std::string& name) const {
    const std::filesystem::path path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    folder_.Write(name, "");
  }

  TemporaryFolder folder_;
  DataConfig config_;
};

TEST_F(CifarNamesTest, FindsTheFilesOfCifar10PlainOrPacked) {
  for (const char* name : {"data_batch_2.bin", "data_batch_1.bin", "data_batch_4.bin.gz",
                           "data_batch_3.bin", "data_batch_5.bin", "test_batch.bin.gz"}) {
    Write(name);
  }
  EXPECT_THAT(Found(Split::TRAIN),
              ElementsAre("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                          "data_batch_4.bin.gz", "data_batch_5.bin"));
  EXPECT_THAT(Found(Split::VALIDATION), ElementsAre("test_batch.bin.gz"));
}

TEST_F(CifarNamesTest, FindsTheFolderOfThePublishedArchive) {
  Write("cifar-10-batches-bin/data_batch_1.bin");
  Write("cifar-10-batches-bin/test_batch.bin");
  Write("cifar-100-binary/train.bin.gz");
  Write("cifar-100-binary/test.bin");
  EXPECT_THAT(Found(Split::TRAIN), ElementsAre("cifar-10-batches-bin/data_batch_1.bin"));
  EXPECT_THAT(Found(Split::VALIDATION), ElementsAre("cifar-10-batches-bin/test_batch.bin"));
  config_.set_format(DataConfig::CIFAR100);
  EXPECT_THAT(Found(Split::TRAIN), ElementsAre("cifar-100-binary/train.bin.gz"));
  EXPECT_THAT(Found(Split::VALIDATION), ElementsAre("cifar-100-binary/test.bin"));
}

TEST_F(CifarNamesTest, FollowsAnOverrideToAFileOrAFolder) {
  Write("mine/pictures.gz");
  Write("mine/cifar-10-batches-bin/data_batch_1.bin");
  config_.set_train_path("mine/pictures");
  EXPECT_THAT(Found(Split::TRAIN), ElementsAre("mine/pictures.gz"));
  config_.set_train_path("mine");
  EXPECT_THAT(Found(Split::TRAIN), ElementsAre("mine/cifar-10-batches-bin/data_batch_1.bin"));
  config_.set_validation_path((folder_.path() / "mine/pictures.gz").string());
  EXPECT_THAT(Found(Split::VALIDATION), ElementsAre("mine/pictures.gz"));
  config_.set_validation_path("absent");
  EXPECT_THAT(MissingOf(Split::VALIDATION), HasSubstr("absent"));
}

TEST_F(CifarNamesTest, RefusesAGapBetweenBatches) {
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_4.bin"}) Write(name);
  EXPECT_THAT(MissingOf(Split::TRAIN),
              AllOf(HasSubstr("data_batch_4.bin: expected data_batch_3.bin")));
}

TEST_F(CifarNamesTest, NamesWhatIsMissingAndWhatToDo) {
  EXPECT_THAT(MissingOf(Split::TRAIN),
              AllOf(HasSubstr("data_batch_1.bin"), HasSubstr("binary version of CIFAR")));
  EXPECT_THAT(MissingOf(Split::VALIDATION), HasSubstr("test_batch.bin"));
  config_.set_format(DataConfig::CIFAR100);
  EXPECT_THAT(MissingOf(Split::TRAIN), HasSubstr("train.bin"));
  EXPECT_THAT(MissingOf(Split::VALIDATION), HasSubstr("test.bin"));
  config_.set_path((folder_.path() / "none").string());
  EXPECT_THAT(MissingOf(Split::TRAIN), HasSubstr("data.path"));
}

TEST_F(CifarNamesTest, OpensBothVersions) {
  folder_.Write("data_batch_1.bin", Cifar10Record(1, 0) + Cifar10Record(9, 1));
  folder_.Write("data_batch_2.bin.gz", Gzip(Cifar10Record(4, 2)));
  const auto ten = OpenDataset(config_, Split::TRAIN, 10);
  EXPECT_EQ(ten->size(), 3);
  EXPECT_EQ(ten->LabelOf(2), 4);
  folder_.Write("test.bin", Cifar100Record(19, 98, 0));
  config_.set_format(DataConfig::CIFAR100);
  const auto hundred = OpenDataset(config_, Split::VALIDATION, 100);
  EXPECT_EQ(hundred->LabelOf(0), 98);
  EXPECT_EQ(hundred->image_shape().channels, 3);
  EXPECT_THROW(OpenDataset(config_, Split::VALIDATION, 10), DataError);
}

}  // namespace
}  // namespace lockstep
