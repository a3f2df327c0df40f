#include "core/metrics/train_log.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/checkpoint/file_system.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

TrainLogLine Line(std::int64_t step) {
  TrainLogLine line;
  line.step = step;
  line.samples = 8 * step;
  line.loss = 1.0 / static_cast<double>(step);
  return line;
}

TEST(TrainLogTest, WritesTheDocumentedFields) {
  const nlohmann::json json = nlohmann::json::parse(ToJson(Line(4)));
  EXPECT_EQ(json.size(), 8U);
  EXPECT_EQ(json["step"], 4);
  EXPECT_EQ(json["samples"], 32);
  EXPECT_EQ(json["loss"], 0.25);
  for (const char* field :
       {"epoch", "learning_rate", "images_per_second", "data_wait_ms", "comm_wait_ms"}) {
    EXPECT_TRUE(json[field].is_number()) << field;
  }
  TrainLogLine diverged;
  diverged.loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(nlohmann::json::parse(ToJson(diverged))["loss"].is_null());
}

TEST(TrainLogTest, CutsLinesPastTheResumedStep) {
  const TemporaryFolder folder;
  {
    TrainLog log(folder / "train.jsonl", 0);
    for (const std::int64_t step : {1, 2, 3, 4}) log.Write(Line(step));
  }
  {
    TrainLog log(folder / "train.jsonl", 2);
    log.Write(Line(3));
  }
  EXPECT_EQ(ReadText(folder / "train.jsonl"), ToJson(Line(1)) + ToJson(Line(2)) + ToJson(Line(3)));
}

TEST(TrainLogTest, DropsALineThatACrashCut) {
  const TemporaryFolder folder;
  const std::string cut = ToJson(Line(2)).substr(0, 30);
  ReplaceFile(folder / "train.jsonl", ToJson(Line(1)) + cut, Durability::kSurvivesProcess);
  TrainLog(folder / "train.jsonl", 5).Write(Line(6));
  EXPECT_EQ(ReadText(folder / "train.jsonl"), ToJson(Line(1)) + ToJson(Line(6)));
}

TEST(TrainLogTest, BeginsAnEmptyLogAtStepZero) {
  const TemporaryFolder folder;
  TrainLog(folder / "train.jsonl", 0).Write(Line(1));
  TrainLog(folder / "train.jsonl", 0);
  EXPECT_EQ(ReadText(folder / "train.jsonl"), "");
}

}  // namespace
}  // namespace lockstep
