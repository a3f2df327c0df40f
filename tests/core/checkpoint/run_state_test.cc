#include "core/checkpoint/run_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/errors.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

RunState FullState() {
  RunState state;
  state.step = 12'000;
  state.samples = 768'000;
  state.seed = std::numeric_limits<std::uint64_t>::max();
  state.digests = {"aa", "bb", ""};
  state.loss_scale = {65536, 17};
  state.metrics = {{"accuracy", 0.1}, {"loss", 1.0 / 3}};
  state.best = BestMetric{"accuracy", 0.30000000000000004, 11'000};
  state.plateau = PlateauState{0.25, 2, 0.01};
  state.early_stopping = EarlyStoppingState{0.5, 3};
  return state;
}

std::string ErrorOf(const std::string& text) {
  try {
    ParseRunState(text, "state.json");
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(RunStateTest, ComesBackBitForBit) {
  EXPECT_EQ(ParseRunState(ToJson(FullState()), "s"), FullState());
  EXPECT_EQ(ParseRunState(ToJson(RunState()), "s"), RunState());
}

TEST(RunStateTest, KeepsMetricsThatAreNotFinite) {
  RunState state;
  state.metrics = {{"loss", std::numeric_limits<double>::infinity()}, {"x", std::nan("")}};
  const RunState back = ParseRunState(ToJson(state), "s");
  EXPECT_EQ(back.metrics.at("loss"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(back.metrics.at("x")));
}

TEST(RunStateTest, RefusesAnotherFormat) {
  const std::string text = ToJson(FullState());
  EXPECT_THAT(ErrorOf(Replaced(text, "\"format\": 1", "\"format\": 2")),
              HasSubstr("expected format 1, got 2"));
}

TEST(RunStateTest, RefusesWrongMissingAndUnknownFields) {
  const std::string text = ToJson(FullState());
  EXPECT_THAT(ErrorOf(Replaced(text, "12000", "12000.0")), HasSubstr("\"step\""));
  EXPECT_THAT(ErrorOf(Replaced(text, "12000", "-1")), HasSubstr("\"step\""));
  EXPECT_THAT(ErrorOf(Replaced(text, "12000", "9223372036854775808")), HasSubstr("below 2^63"));
  EXPECT_THAT(ErrorOf(Replaced(text, "12000", "\"12000\"")), HasSubstr("\"step\""));
  EXPECT_THAT(ErrorOf(Replaced(text, "\"samples\"", "\"sample\"")),
              HasSubstr("\"samples\" is missing"));
  EXPECT_THAT(ErrorOf(Replaced(text, "\"seed\"", "\"x\": 1, \"seed\"")),
              HasSubstr("\"x\" is unknown"));
  EXPECT_THAT(ErrorOf(Replaced(text, "\"seed\"", "\"step\": 1, \"seed\"")),
              HasSubstr("comes twice"));
  EXPECT_THAT(ErrorOf(Replaced(text, "0.25", "null")), HasSubstr("\"best\""));
  EXPECT_NE(ErrorOf(text + "x"), "accepted");
  EXPECT_NE(ErrorOf("[]"), "accepted");
}

TEST(RunStateTest, RefusesEveryTruncation) {
  const std::string text = ToJson(FullState());
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    EXPECT_NE(ErrorOf(text.substr(0, size)), "accepted") << size;
  }
}

}  // namespace
}  // namespace lockstep
