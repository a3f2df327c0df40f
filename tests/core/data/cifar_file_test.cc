#include "core/data/cifar_file.h"

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

/// [32, 32, 3], one value at a time.
std::vector<std::uint8_t> InterleavedImage(int seed) {
  std::vector<std::uint8_t> pixels;
  for (int pixel = 0; pixel < 32 * 32; ++pixel) {
    for (int plane = 0; plane < 3; ++plane) pixels.push_back(CifarValue(seed, plane, pixel));
  }
  return pixels;
}

/// All labels; the images must be those of the records 0, 1, ...
std::vector<int> LabelsOf(const std::filesystem::path& path, CifarVersion version) {
  CifarFile file(path, version);
  std::vector<int> labels;
  std::vector<std::uint8_t> pixels(BytesOf(kCifarImages));
  while (const auto label = file.Next(pixels)) {
    EXPECT_EQ(pixels, InterleavedImage(static_cast<int>(labels.size())));
    labels.push_back(*label);
  }
  return labels;
}

std::string ErrorOf(const std::string& bytes, CifarVersion version) {
  const TemporaryFolder folder;
  const auto path = folder.Write("file", bytes);
  CifarFile file(path, version);
  std::vector<std::uint8_t> pixels(BytesOf(kCifarImages));
  const std::string message = ThrownMessage<DataError>([&] {
    while (file.Next(pixels)) {
    }
  });
  EXPECT_THAT(message, HasSubstr(path.string()));
  return message;
}

TEST(CifarFileTest, ReadsPlanesAsInterleavedPixelsPlainOrPacked) {
  const TemporaryFolder folder;
  const std::string ten = Cifar10Record(3, 0) + Cifar10Record(9, 1);
  const std::string hundred = Cifar100Record(19, 99, 0) + Cifar100Record(4, 0, 1);
  EXPECT_THAT(LabelsOf(folder.Write("10", ten), CifarVersion::kCifar10), ElementsAre(3, 9));
  EXPECT_THAT(LabelsOf(folder.Write("10.gz", Gzip(ten)), CifarVersion::kCifar10),
              ElementsAre(3, 9));
  EXPECT_THAT(LabelsOf(folder.Write("100", hundred), CifarVersion::kCifar100), ElementsAre(99, 0));
  EXPECT_THAT(LabelsOf(folder.Write("100.gz", Gzip(hundred)), CifarVersion::kCifar100),
              ElementsAre(99, 0));
}

TEST(CifarFileTest, NamesTheRecordThatIsCut) {
  const std::string two = Cifar10Record(3, 0) + Cifar10Record(9, 1);
  for (const std::size_t missing : {1, 100, 3072}) {
    EXPECT_THAT(ErrorOf(two.substr(0, two.size() - missing), CifarVersion::kCifar10),
                AllOf(HasSubstr("record 1: expected 3073 bytes"),
                      HasSubstr("got " + std::to_string(3073 - missing))));
  }
  EXPECT_THAT(ErrorOf(two + "x", CifarVersion::kCifar10),
              AllOf(HasSubstr("record 2"), HasSubstr("got 1")));
}

TEST(CifarFileTest, RefusesAFileOfTheOtherVersion) {
  EXPECT_THAT(ErrorOf(Cifar10Record(3, 0), CifarVersion::kCifar100),
              AllOf(HasSubstr("expected 3074 bytes"), HasSubstr("CIFAR-100"), HasSubstr("3073")));
  EXPECT_THAT(ErrorOf(Cifar100Record(1, 2, 0), CifarVersion::kCifar10), HasSubstr("CIFAR-10 "));
}

TEST(CifarFileTest, RefusesEmptyAndDamagedFiles) {
  EXPECT_THAT(ErrorOf("", CifarVersion::kCifar10), HasSubstr("got 0"));
  EXPECT_THAT(ErrorOf(Gzip(""), CifarVersion::kCifar10), HasSubstr("got 0"));
  const std::string packed = Gzip(Cifar10Record(3, 0));
  ErrorOf(packed.substr(0, packed.size() - 1), CifarVersion::kCifar10);
  std::string damaged = packed;
  damaged[packed.size() - 6] ^= 1;  // in the checksum
  ErrorOf(damaged, CifarVersion::kCifar10);
  EXPECT_THROW(CifarFile("no/such/file", CifarVersion::kCifar10), InputMissing);
}

}  // namespace
}  // namespace lockstep
