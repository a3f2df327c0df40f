#include "core/config/load_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/config/validate_config.h"
#include "core/errors.h"
#include "tests/core/config/config_text.h"
#include "tests/core/thrown_message.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LoadConfigTest : public ::testing::Test {
 protected:
  fs::path Write(const std::string& text) const { return folder_.Write("recipe.textproto", text); }

  std::string ErrorOf(const std::string& text) const {
    const fs::path path = Write(text);
    return ThrownMessage<ConfigError>([&] { LoadConfig(path, {}); });
  }

  TemporaryFolder folder_;
};

TEST_F(LoadConfigTest, ReadsAFileAndAppliesOverridesInOrder) {
  const std::vector<std::string> overrides = {"batch=32", "batch=16", "data.path=elsewhere"};
  const Config config = LoadConfig(Write(ValidConfigText()), overrides);
  EXPECT_EQ(config.batch(), 16);
  EXPECT_EQ(config.shards(), 4);
  EXPECT_EQ(config.data().path(), "elsewhere");
  EXPECT_DOUBLE_EQ(config.optimizer().momentum(), 0.9);
}

TEST_F(LoadConfigTest, NamesTheNearestField) {
  const std::string error = ErrorOf("shards: 2\nbach: 64\n");
  EXPECT_THAT(error, StartsWith((folder_ / "recipe.textproto").string() + ":2:"));
  EXPECT_THAT(error, HasSubstr("unknown field 'bach', did you mean 'batch'?"));
}

TEST_F(LoadConfigTest, ListsTheFieldsWhereNoneIsNear) {
  EXPECT_THAT(ErrorOf("data { qqqqqqqqqq: 1 }"), HasSubstr("DataConfig has: format, path"));
}

TEST_F(LoadConfigTest, PointsAtTheFirstCharacterOfTheWordThatIsWrong) {
  const auto place_of = [&](const std::string& text) {
    const std::string path = Write(text).string();
    const std::string error = ErrorOf(text);
    return error.substr(path.size(), error.find(": ") - path.size());
  };
  EXPECT_EQ(place_of("bach: 64"), ":1:1");
  EXPECT_EQ(place_of("batch: 64\n  bach  : 64"), ":2:3");
  EXPECT_EQ(place_of("data {\n\tsuffle: true\n}"), ":2:2");
  EXPECT_EQ(place_of("batch: 8\t\tbach\n\n:\n64"), ":1:11");
  EXPECT_EQ(place_of("modell { }"), ":1:1");
  EXPECT_EQ(place_of("precision:  FP32"), ":1:13");
  EXPECT_EQ(place_of("batch: 1\n batch: 2"), ":2:2");
  EXPECT_EQ(place_of("epochs: 1 steps: 2"), ":1:11");
  EXPECT_EQ(place_of("batch: x"), ":1:8");
}

TEST_F(LoadConfigTest, NamesTheNearestValueOfAnEnumeration) {
  EXPECT_THAT(ErrorOf("precision: FP32"), HasSubstr("did you mean 'F32'?"));
}

TEST_F(LoadConfigTest, RefusesTwoLengths) {
  EXPECT_THAT(ErrorOf("epochs: 1 steps: 2"), HasSubstr("'steps' and 'epochs' exclude each other"));
}

TEST_F(LoadConfigTest, RefusesAFieldThatIsThereTwice) {
  EXPECT_THAT(ErrorOf("batch: 1\nbatch: 2"), HasSubstr("field 'batch' is there twice"));
}

TEST_F(LoadConfigTest, RefusesHostileTexts) {
  std::string nested;
  for (int i = 0; i < 20000; ++i) nested += "model{graph{node{";
  const std::vector<std::string> texts = {
      "batch: \"64\"",
      "batch: 64.5",
      "batch: 99999999999",
      "seed: -1",
      "batch:",
      "batch 64",
      "model { preset: lenet }",
      "model { preset: \"lenet\"",
      "}",
      "optimizer: 3",
      "allow_shared_device: 7",
      std::string("batch: 6\0004", 11),
      "\xff\xfe\x00",
      "[lockstep.Extension] { }",
      "1: 64",
      nested,
      std::string(20000, '{'),
      std::string(20000, '['),
      "data { mean: [" + std::string(10000, ',') + "] }",
  };
  for (const std::string& text : texts) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("recipe.textproto:")) << text.substr(0, 60);
  }
}

TEST_F(LoadConfigTest, AnEmptyFileIsAConfigThatValidationRefuses) {
  const Config config = LoadConfig(Write(""), {});
  EXPECT_THROW(ValidateConfig(config), ConfigError);
}

TEST_F(LoadConfigTest, RefusesAFileOfTwoMebibytes) {
  EXPECT_THAT(ErrorOf(std::string(std::size_t{2} << 20, ' ')), HasSubstr("at most 1048576 bytes"));
}

TEST_F(LoadConfigTest, AcceptsAFileAtTheBound) {
  std::string text = ValidConfigText();
  text.resize(kLargestConfigBytes, ' ');
  EXPECT_EQ(LoadConfig(Write(text), {}).batch(), 64);
}

TEST_F(LoadConfigTest, SaysThatAFileIsMissing) {
  EXPECT_THROW(LoadConfig(folder_ / "none.textproto", {}), InputMissing);
  Write("");
  EXPECT_THROW(LoadConfig(folder_ / "recipe.textproto" / "below", {}), InputMissing);
}

TEST_F(LoadConfigTest, RefusesAFolder) {
  EXPECT_THAT(ThrownMessage<ConfigError>([&] { LoadConfig(folder_.path(), {}); }),
              HasSubstr("a folder"));
}

TEST_F(LoadConfigTest, RefusesAPipeWithoutWaitingForIt) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(LoadConfig(pipe, {}), ConfigError);
}

TEST_F(LoadConfigTest, SaysThatAFileCannotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const fs::path path = Write(ValidConfigText());
  fs::permissions(path, fs::perms::none);
  EXPECT_THROW(LoadConfig(path, {}), IoError);
}

TEST_F(LoadConfigTest, TheRecipesAreValid) {
  int recipes = 0;
  for (const auto& entry : fs::directory_iterator(LOCKSTEP_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".textproto") continue;
    const Config config = LoadConfig(entry.path(), {});
    EXPECT_NO_THROW(ValidateConfig(config)) << entry.path();
    EXPECT_TRUE(Warnings(config).empty()) << entry.path();
    ++recipes;
  }
  EXPECT_GE(recipes, 2);
}

}  // namespace
}  // namespace lockstep
