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

constexpr PictureForm kGrey{{1, 2, 1}};
constexpr PictureForm kColour{{1, 2, 3}};

class ReadPictureTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& bytes) const {
    std::ofstream(folder_ / "picture", std::ios::binary) << bytes;
    return (folder_ / "picture").string();
  }

  /// What ReadPicture says of a file of these bytes; "" where it reads them.
  std::string Refusal(const std::string& bytes, const PictureForm& form = kGrey) const {
    try {
      ReadPicture(Write(bytes), form);
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

TEST_F(ReadPictureTest, CutsTheCentreOfAPictureWithTheRightShorterSide) {
  const PictureForm form{{2, 1, 1}, 3};
  const auto pixels = [&](const std::string& bytes) { return ReadPicture(Write(bytes), form); };
  EXPECT_EQ(pixels("P5 1 2 255 ab"), (std::vector<std::uint8_t>{'a', 'b'}));
  // Half of one row and half of three columns: 0.5 and 1.5 are rounded to 0 and 2.
  EXPECT_EQ(pixels("P5 4 3 255 abcdefghijkl"), (std::vector<std::uint8_t>{'c', 'g'}));
  EXPECT_EQ(pixels("P5 3 3 255 abcdefghi"), (std::vector<std::uint8_t>{'b', 'e'}));
  EXPECT_EQ(ReadPicture(Write("P6 3 1 255 abcdefghi"), {{1, 1, 3}, 1}),
            (std::vector<std::uint8_t>{'d', 'e', 'f'}));
}

TEST_F(ReadPictureTest, TellsTheSizesThatAModelTakes) {
  EXPECT_THAT(Refusal("P5 1 1 255 a"), AllOf(HasSubstr("expected a picture of 1 x 2 pixels"),
                                             HasSubstr("got 1 x 1; resize it first")));
  const PictureForm form{{2, 1, 1}, 3};
  EXPECT_THAT(
      Refusal("P5 4 4 255 abcdefghijklmnop", form),
      AllOf(HasSubstr("2 x 1 pixels"), HasSubstr("shorter side has 3"), HasSubstr("got 4 x 4")));
}

}  // namespace
}  // namespace lockstep
