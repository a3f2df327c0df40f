#include "core/data/idx_file.h"

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

const char kPixels[] = "abcdefghijkl";

std::string SmallFile() { return IdxHeader({2, 3, 2}) + kPixels; }

std::string RefusalOf(const std::string& bytes, int rank = 3) {
  const TemporaryFolder folder;
  const auto path = folder.Write("file", bytes);
  const std::string message = ThrownMessage<DataError>([&] { ReadIdxFile(path, rank); });
  EXPECT_THAT(message, HasSubstr(path.string()));
  return message;
}

TEST(IdxFileTest, ReadsPlainAndPackedFilesAlike) {
  const TemporaryFolder folder;
  for (const auto& path :
       {folder.Write("plain", SmallFile()), folder.Write("packed", Gzip(SmallFile()))}) {
    const IdxArray array = ReadIdxFile(path, 3);
    EXPECT_THAT(array.extents, ElementsAre(2, 3, 2));
    EXPECT_EQ(std::string(array.values.begin(), array.values.end()), kPixels);
  }
}

TEST(IdxFileTest, WritesWhatItReads) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  WriteIdxFile(path, {{2, 3, 2}, {kPixels, kPixels + 12}});
  EXPECT_EQ(ReadIdxFile(path, 3).values.size(), 12U);
  EXPECT_EQ(std::filesystem::file_size(path), SmallFile().size());
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "a temporary file is left";
}

TEST(IdxFileTest, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  for (const std::string& whole : {SmallFile(), Gzip(SmallFile())}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto path = folder.Write("cut", whole.substr(0, size));
      EXPECT_THROW(ReadIdxFile(path, 3), DataError) << size << " of " << whole.size();
    }
  }
}

TEST(IdxFileTest, RefusesBytesBehindTheEnd) {
  EXPECT_THAT(RefusalOf(SmallFile() + "x"), HasSubstr("got more"));
  EXPECT_THAT(RefusalOf(Gzip(SmallFile() + "x")), HasSubstr("got more"));
  EXPECT_THAT(RefusalOf(Gzip(SmallFile()) + "x"), HasSubstr("got more"));
}

TEST(IdxFileTest, NamesExpectedAndGotOfAWrongMagicNumber) {
  EXPECT_THAT(RefusalOf(IdxHeader({2}) + "ab"),
              AllOf(HasSubstr("0x00000803"), HasSubstr("0x00000801")));
  EXPECT_THAT(RefusalOf(SmallFile(), 1), HasSubstr("0x00000801"));
  std::string floats = SmallFile();
  floats[2] = 0x0D;
  EXPECT_THAT(RefusalOf(floats), HasSubstr("0x00000d03"));
}

TEST(IdxFileTest, NamesExpectedAndGotOfMissingBytes) {
  EXPECT_THAT(RefusalOf(SmallFile().substr(0, 20)),
              AllOf(HasSubstr("expected 12"), HasSubstr("got 4")));
}

TEST(IdxFileTest, RefusesExtentsThatOverflowBeforeItMakesMemory) {
  const std::uint32_t most = 0xFFFFFFFF;
  EXPECT_THAT(RefusalOf(IdxHeader({most, most, most})), HasSubstr("4294967295 x 4294967295"));
  // 2^64 in all: nothing in 64 bits.
  EXPECT_THAT(RefusalOf(IdxHeader({1U << 31, 1U << 31, 4})),
              HasSubstr("2147483648 x 2147483648 x 4"));
  EXPECT_THAT(RefusalOf(Gzip(IdxHeader({most, 28, 28}))), HasSubstr("4294967295 x 28 x 28"));
}

TEST(IdxFileTest, RefusesEmptyArrays) {
  EXPECT_THAT(RefusalOf(IdxHeader({0, 3, 2})),
              AllOf(HasSubstr("expected extents above 0"), HasSubstr("got 0 x 3 x 2")));
  EXPECT_THAT(RefusalOf(IdxHeader({2, 0, 2})), HasSubstr("got 2 x 0 x 2"));
}

// A stream of 64 MiB that claims to be 12 bytes.
TEST(IdxFileTest, UnpacksNoMoreThanTheHeaderPromises) {
  EXPECT_THAT(RefusalOf(Gzip(SmallFile() + std::string(64 << 20, '\0'))), HasSubstr("got more"));
}

TEST(IdxFileTest, NamesAMissingFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(ThrownMessage<InputMissing>([&] { ReadIdxFile(folder.path() / "none", 3); }),
              HasSubstr("none"));
  EXPECT_THROW(WriteIdxFile(folder.path() / "none" / "file", {{1}, {0}}), IoError);
}

}  // namespace
}  // namespace lockstep
