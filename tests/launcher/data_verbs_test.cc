#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/launcher/process.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kRecipe = LOCKSTEP_SOURCE_DIR "/configs/lenet_glyphs.textproto";

class DataVerbsTest : public ::testing::Test {
 protected:
  // The generated data set, made once for all tests.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    const ProcessResult made =
        RunLockstep({"data", "make", "glyphs", "--output", (*folder_ / "new/glyphs").string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string PathOverride() { return "data.path=" + (*folder_ / "new/glyphs").string(); }

  static nlohmann::json Inspect(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"data", "inspect", kRecipe, "--json", "--set", PathOverride()});
    const ProcessResult result = RunLockstep(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};

std::unique_ptr<TemporaryFolder> DataVerbsTest::folder_;

TEST_F(DataVerbsTest, InspectCountsWhatMakeWrote) {
  const nlohmann::json json = Inspect({});
  EXPECT_EQ(json["train"]["samples"], 20000);
  EXPECT_EQ(json["validation"]["samples"], 4000);
  EXPECT_EQ(json["train"]["shape"], nlohmann::json::array({28, 28, 1}));
  EXPECT_EQ(json["train"]["histogram"], nlohmann::json(std::vector<int>(10, 2000)));
}

TEST_F(DataVerbsTest, TheRecipeNormalizesByWhatInspectMeasures) {
  const nlohmann::json json = Inspect({});
  std::ifstream recipe(kRecipe);
  const std::string text((std::istreambuf_iterator<char>(recipe)), {});
  EXPECT_NEAR(json["train"]["mean"][0].get<double>(), 0.187, 5e-4);
  EXPECT_NEAR(json["train"]["std"][0].get<double>(), 0.199, 5e-4);
  EXPECT_THAT(text, HasSubstr("mean: 0.187"));
  EXPECT_THAT(text, HasSubstr("std: 0.199"));
}

TEST_F(DataVerbsTest, TheOrderOfAnEpochHoldsEachSampleOnce) {
  const auto first = Inspect({"--order"})["order"].get<std::vector<int>>();
  const auto second = Inspect({"--order", "--epoch", "1"})["order"].get<std::vector<int>>();
  EXPECT_NE(first, second);
  for (std::vector<int> order : {first, second}) {
    std::sort(order.begin(), order.end());
    ASSERT_EQ(order.size(), 20000U);
    for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], static_cast<int>(i));
  }
}

TEST_F(DataVerbsTest, WithoutShuffleTheOrderIsThatOfTheRecords) {
  const auto order =
      Inspect({"--order", "--set", "data.shuffle=false"})["order"].get<std::vector<int>>();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(DataVerbsTest, RefusesAnEpochBeyondTheStream) {
  const ProcessResult result = RunLockstep({"data", "inspect", kRecipe, "--set", PathOverride(),
                                            "--order", "--epoch", "9223372036854775807"});
  EXPECT_EQ(result.exit_code, 64);
}

TEST_F(DataVerbsTest, SaysWhatIsMissing) {
  const ProcessResult result =
      RunLockstep({"data", "inspect", kRecipe, "--set", "data.path=/no/such/folder"});
  EXPECT_EQ(result.exit_code, 66);
  EXPECT_THAT(result.err, HasSubstr("/no/such/folder"));
}

TEST_F(DataVerbsTest, MakeMayRunAgainButReplacesNoOtherDataSet) {
  const TemporaryFolder other;
  const fs::path packed = other / "packed";
  fs::create_directory(packed);
  std::ofstream(packed / "train-images-idx3-ubyte.gz") << "published";
  const fs::path plain = other / "plain";
  fs::create_directory(plain);
  std::ofstream(plain / "train-images-idx3-ubyte") << "published";
  const auto make = [](const fs::path& output) {
    return RunLockstep({"data", "make", "glyphs", "--output", output.string()}).exit_code;
  };
  EXPECT_EQ(make(*folder_ / "new/glyphs"), 0);
  EXPECT_EQ(make(packed), 73);
  EXPECT_EQ(make(plain), 73);
  EXPECT_EQ(make(plain / "train-images-idx3-ubyte"), 73);
}

TEST_F(DataVerbsTest, SaysThatAFolderMayNotBeMade) {
  if (geteuid() == 0) GTEST_SKIP() << "root may make folders everywhere";
  const TemporaryFolder locked;
  fs::permissions(locked.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const ProcessResult result =
      RunLockstep({"data", "make", "glyphs", "--output", (locked / "glyphs").string()});
  EXPECT_EQ(result.exit_code, 77);
}

}  // namespace
}  // namespace lockstep
