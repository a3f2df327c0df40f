#include "core/metrics/status_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/checkpoint/file_system.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

TEST(StatusFileTest, TellsStateTimeAndProcess) {
  const TemporaryFolder folder;
  const StatusFile file(folder / "STATUS.json");
  file.Write({"starting", 0, 0, 0, {}, {}});
  file.Write({"training", 20, 1280, 0.5, 0.25, {}});
  const nlohmann::json json = nlohmann::json::parse(ReadText(folder / "STATUS.json"));
  EXPECT_EQ(json["state"], "training");
  EXPECT_EQ(json["step"], 20);
  EXPECT_EQ(json["samples"], 1280);
  EXPECT_EQ(json["epoch"], 0.5);
  EXPECT_EQ(json["loss"], 0.25);
  EXPECT_TRUE(json["accuracy"].is_null());
  EXPECT_EQ(json["pid"], ::getpid());
  EXPECT_FALSE(json["host"].get<std::string>().empty());
  EXPECT_THAT(json["updated"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_EQ(ListFolder(folder.path()).size(), 1U);
}

}  // namespace
}  // namespace lockstep
