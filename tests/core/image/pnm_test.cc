#include "core/image/pnm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/errors.h"
#include "tests/core/thrown_message.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Image Read(const std::string& bytes) {
  const TemporaryFolder folder;
  return ReadPnm(folder.Write("picture", bytes));
}

TEST(PnmTest, ReadsGreyPictures) {
  const Image image = Read("P5\n3 2\n255\nabcdef");
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.channels, 1);
  EXPECT_THAT(image.pixels, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
}

TEST(PnmTest, ReadsColourPictures) {
  const Image image = Read("P6 1 2 255 abcdef");
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.channels, 3);
  EXPECT_THAT(image.pixels, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
}

TEST(PnmTest, SkipsComments) {
  EXPECT_THAT(Read("P5 # made by hand\n# 7 7\n\t2 1 #\n255\n\n#").pixels, ElementsAre('\n', '#'));
}

TEST(PnmTest, ScalesSamplesTo255) {
  EXPECT_THAT(Read(std::string("P5 3 1 15 \0\7\17", 13)).pixels, ElementsAre(0, 119, 255));
  EXPECT_THROW(Read("P5 1 1 15 \20"), DataError);
}

TEST(PnmTest, RefusesEveryTruncationAndBytesBehindTheEnd) {
  const std::string whole = "P6\n2 2\n255\nabcdefghijkl";
  EXPECT_EQ(Read(whole).pixels.size(), 12U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(Read(whole.substr(0, size)), DataError) << size;
  }
  EXPECT_THAT(ThrownMessage<DataError>([&] { Read(whole + "m"); }),
              AllOf(HasSubstr("expected 12"), HasSubstr("got 13")));
}

TEST(PnmTest, RefusesHeadersThatAreNone) {
  for (const char* bytes :
       {"P4 1 1 255 a", "P2 1 1 255 a", "\x89PNG", "P5 0 1 255 ", "P5 -1 1 255 a", "P5 1 1 256 a",
        "P5 1 1 65535 aa", "P5 1 x 255 a", "P51 1 255 a", "P5 99999999999999999999 1 255 a"}) {
    EXPECT_THROW(Read(bytes), DataError) << bytes;
  }
}

TEST(PnmTest, TellsWhatToDoWithSamplesOf16Bits) {
  EXPECT_THAT(ThrownMessage<DataError>([] { Read("P5 1 1 65535 aa"); }),
              AllOf(HasSubstr("at most 255, got 65535"), HasSubstr("-depth 8")));
}

TEST(PnmTest, NamesAMissingFile) {
  EXPECT_THAT(ThrownMessage<InputMissing>([] { ReadPnm("/none/picture.pgm"); }),
              HasSubstr("/none/picture.pgm"));
}

}  // namespace
}  // namespace lockstep
