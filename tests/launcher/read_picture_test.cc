#include "launcher/read_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr ImageShape kGrey{1, 2, 1};
constexpr ImageShape kColour{1, 2, 3};

class ReadPictureTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& bytes) const {
    std::ofstream(folder_ / "picture", std::ios::binary) << bytes;
    return (folder_ / "picture").string();
  }

  /// What ReadPicture says of a file of these bytes; "" where it reads them.
  std::string Refusal(const std::string& bytes, const ImageShape& shape = kGrey) const {
    try {
      ReadPicture(Write(bytes), shape);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ReadPictureTest, ReadsBinaryPicturesInEitherKindOfColour) {
  EXPECT_EQ(ReadPicture(Write("P5 2 1 255 az"), kGrey), (std::vector<std::uint8_t>{'a', 'z'}));
  EXPECT_EQ(ReadPicture(Write("P5 2 1 255 az"), kColour),
            (std::vector<std::uint8_t>{'a', 'a', 'a', 'z', 'z', 'z'}));
}

TEST_F(ReadPictureTest, TellsHowToConvertOtherFormats) {
  EXPECT_THAT(Refusal("\x89PNG\r\n\x1a\n"), AllOf(HasSubstr("a PNG picture"), HasSubstr("convert "),
                                                  HasSubstr("picture -depth 8 out.pgm")));
  EXPECT_THAT(Refusal("\xff\xd8\xff\xe0", kColour),
              AllOf(HasSubstr("a JPEG picture"), HasSubstr("-depth 8 out.ppm")));
  EXPECT_THAT(Refusal("P2 2 1 255 0 7"), HasSubstr("plain text"));
  EXPECT_THAT(Refusal("P7"), HasSubstr("begins with P5 or P6"));
}

TEST_F(ReadPictureTest, AsksForARecordOfAFileOfMany) {
  const std::string idx(
      "\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02"
      "az",
      18);
  EXPECT_THAT(Refusal(idx), HasSubstr("picture:0"));
  EXPECT_EQ(ReadPicture(Write(idx) + ":0", kGrey), (std::vector<std::uint8_t>{'a', 'z'}));
}

TEST_F(ReadPictureTest, TellsAMissingFile) {
  EXPECT_THROW(ReadPicture("/no/such/picture", kGrey), InputMissing);
}

}  // namespace
}  // namespace lockstep
