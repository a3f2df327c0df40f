#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "core/checkpoint/safetensors_file.h"
#include "core/checkpoint/safetensors_layout.h"
#include "core/errors.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

std::vector<std::byte> BytesOf(const std::string& text) {
  const auto bytes = std::as_bytes(std::span<const char>(text));
  return {bytes.begin(), bytes.end()};
}

/// A file with this header as it stands, and so many bytes of data.
std::vector<std::byte> FileWith(const std::string& header, std::size_t data_bytes) {
  std::string text(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(text.data(), &length, sizeof(length));
  return BytesOf(text + header + std::string(data_bytes, '\0'));
}

std::string ErrorOf(const std::string& header, std::size_t data_bytes) {
  try {
    SafetensorsFile(FileWith(header, data_bytes), "f");
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SafetensorsLayoutTest, WritesThePublishedFormat) {
  const SafetensorsLayout layout(
      {{"counter", DataType::kI64, Shape()}, {"a \"b\"", DataType::kF32, Shape{2, 3}}});
  const std::string json = R"({"counter":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                           R"("a \"b\"":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}})";
  const std::string& header = layout.header();
  EXPECT_EQ(header.substr(8, json.size()), json);
  EXPECT_EQ(header.size() % 8, 0U);
  EXPECT_EQ(header.find_first_not_of(' ', 8 + json.size()), std::string::npos);
  EXPECT_EQ(header.substr(0, 8),
            std::string(1, static_cast<char>(header.size() - 8)) + std::string(7, '\0'));
  EXPECT_EQ(layout.OffsetOf("a \"b\""), header.size() + 8);
  EXPECT_EQ(layout.file_bytes(), header.size() + 32);
}

TEST(SafetensorsLayoutTest, RefusesNamesThatCannotStandInAFile) {
  using Specs = std::vector<SafetensorsSpec>;
  EXPECT_THROW(SafetensorsLayout(Specs{{"a", {}, {}}, {"a", {}, {}}}), std::invalid_argument);
  EXPECT_THROW(SafetensorsLayout(Specs{{"__metadata__", {}, {}}}), std::invalid_argument);
  EXPECT_THROW(SafetensorsLayout(Specs{}).OffsetOf("a"), std::out_of_range);
}

TEST(SafetensorsFileTest, ReadsWhatTheLayoutWrites) {
  const SafetensorsLayout layout({{"b", DataType::kF32, Shape{2}},
                                  {"none", DataType::kF16, Shape{0, 4}},
                                  {"a", DataType::kI64, Shape()}});
  std::string text = layout.header() + std::string(layout.file_bytes() - layout.header().size(), 0);
  const float values[] = {1.5F, -2.0F};
  std::memcpy(text.data() + layout.OffsetOf("b"), values, sizeof(values));
  const SafetensorsFile file(BytesOf(text), "f");
  EXPECT_EQ(file.tensors(), layout.tensors());
  EXPECT_THAT(file.Floats("b", Shape{2}), testing::ElementsAre(1.5F, -2.0F));
  EXPECT_EQ(file.Bytes(*file.Find("a")).size(), 8U);
  EXPECT_EQ(file.Find("c"), nullptr);
}

TEST(SafetensorsFileTest, ReadsAnEmptyFileAndMetadata) {
  EXPECT_TRUE(SafetensorsFile(FileWith("{}      ", 0), "f").tensors().empty());
  const SafetensorsFile file(FileWith(R"({"__metadata__":{"format":"pt"}})", 0), "f");
  EXPECT_EQ(file.metadata().at("format"), "pt");
}

TEST(SafetensorsFileTest, NamesTensorExpectedAndGot) {
  const SafetensorsFile file(
      FileWith(R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", 4), "f");
  try {
    file.Floats("a", Shape{1});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"a\": expected F32 [1], got I32 [1]"));
  }
  EXPECT_THROW(file.Floats("b", Shape{1}), DataError);
}

TEST(SafetensorsFileTest, RefusesLengthsThatDoNotFit) {
  EXPECT_THROW(SafetensorsFile(BytesOf("1234567"), "f"), DataError);
  std::vector<std::byte> file = FileWith("{}", 0);
  file[0] = std::byte{3};
  EXPECT_THROW(SafetensorsFile(file, "f"), DataError);
  std::fill(file.begin(), file.begin() + 8, std::byte{0xFF});
  EXPECT_THROW(SafetensorsFile(file, "f"), DataError);
  EXPECT_THROW(SafetensorsFile(FileWith("", 0), "f"), DataError);
}

TEST(SafetensorsFileTest, RefusesWhatTheFormatForbids) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  ASSERT_EQ(ErrorOf("{" + a + "}", 8), "accepted");
  EXPECT_THAT(ErrorOf("{" + a + "," + a + "}", 8), HasSubstr("comes twice"));
  EXPECT_THAT(ErrorOf("{" + a + "}", 9), HasSubstr("cover 8 bytes, the file holds 9"));
  EXPECT_THAT(ErrorOf("{" + a + "}", 7), HasSubstr("cover 8 bytes, the file holds 7"));
  EXPECT_THAT(ErrorOf(" {" + a + "}", 8), HasSubstr("begin with {"));
  EXPECT_THAT(ErrorOf("{" + a + "}x", 8), HasSubstr("JSON"));
  EXPECT_THAT(ErrorOf("[]", 0), HasSubstr("begin with {"));
  EXPECT_THAT(ErrorOf("{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8),
              HasSubstr("overlap"));
  EXPECT_THAT(ErrorOf("{" + a + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}})", 10),
              HasSubstr("hole"));
}

TEST(SafetensorsFileTest, RefusesEntriesOfWrongTypes) {
  const char* const kEntries[] = {
      R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})",
      R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})",
      R"({"dtype":"F32","shape":[2],"data_offsets":["0",8]})",
      R"({"dtype":"F32","shape":[1,1,1,1,1,1,2],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[4611686018427387904,4,2],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})",
      R"({"dtype":7,"shape":[2],"data_offsets":[0,8]})",
      R"({"shape":[2],"data_offsets":[0,8]})",
      R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1})",
      R"([])",
      R"(null)",
  };
  for (const char* entry : kEntries) {
    EXPECT_NE(ErrorOf(std::string("{\"a\":") + entry + "}", 8), "accepted") << entry;
  }
  EXPECT_NE(ErrorOf(R"({"__metadata__":{"format":1}})", 0), "accepted");
  EXPECT_NE(ErrorOf("{\"a\":" + std::string(100'000, '[') + "}", 0), "accepted");
}

}  // namespace
}  // namespace lockstep
