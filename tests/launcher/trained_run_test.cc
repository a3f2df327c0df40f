// eval and predict on the checkpoints of a real run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class TrainedRunTest : public testing::Test {
 protected:
  /// A run of 40 steps that evaluates and saves every ten, made once.
  static void SetUpTestSuite() {
    MakeGlyphs();
    trained_ = std::make_unique<TemporaryFolder>();
    TrainingCommand command;
    command.run_dir = Run();
    command.overrides = {"evaluation.every_epochs=0.64", "checkpoint.every=10", "checkpoint.keep=0",
                         "schedule.type=CONSTANT"};
    const ProcessResult result = RunProcess(command.Arguments());
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  static void TearDownTestSuite() { trained_.reset(); }

  static fs::path Run() { return *trained_ / "run"; }
  /// A copy that a test may change.
  fs::path CopyOfRun() const {
    fs::copy(Run(), folder_ / "copy", fs::copy_options::recursive);
    return folder_ / "copy";
  }

  static json JsonOf(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const ProcessResult result = RunLockstep(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false);
  }

  static void ExpectRefused(const std::vector<std::string>& arguments, int code,
                            const std::string& word) {
    const ProcessResult result = RunLockstep(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(word));
    EXPECT_EQ(result.out, "");
  }

  static json StateOf(int step) {
    std::ifstream file(Run() / "checkpoints" / ("step-0000000" + std::to_string(step)) /
                       "state.json");
    return json::parse(file);
  }

  /// The name of a record of the test images on the command line.
  static std::string Record(int number) {
    return (GlyphsFolder() / "t10k-images-idx3-ubyte").string() + ":" + std::to_string(number);
  }

  static std::unique_ptr<TemporaryFolder> trained_;
  TemporaryFolder folder_;
};

std::unique_ptr<TemporaryFolder> TrainedRunTest::trained_;

class MpiTrainedRunTest : public TrainedRunTest {};

TEST_F(TrainedRunTest, EvalGivesTheFiguresOfTheTrainingsOwnEvaluation) {
  for (int step : {10, 40}) {
    const json figures = JsonOf({"eval", Run().string(), "--step", std::to_string(step)});
    const json metrics = StateOf(step)["metrics"];
    EXPECT_EQ(figures["samples"], kTestGlyphs);
    EXPECT_EQ(figures["accuracy"], metrics["accuracy"]) << step;
    EXPECT_EQ(figures["top5_accuracy"], metrics["top5_accuracy"]) << step;
    EXPECT_NEAR(figures["loss"], metrics["loss"], 1e-6) << step;
  }
}

TEST_F(TrainedRunTest, EvalOfTheBestTakesTheBestCheckpoint) {
  double best = 0;
  for (int step : {10, 20, 30, 40}) {
    best = std::max(best, StateOf(step)["metrics"]["accuracy"].get<double>());
  }
  EXPECT_EQ(JsonOf({"eval", Run().string(), "--step", "best"})["accuracy"], best);
}

TEST_F(TrainedRunTest, EvalSaysWhatIsMissing) {
  ExpectRefused({"eval", folder_.path().string()}, 66, "not a run directory");
  ExpectRefused({"eval", (folder_ / "absent").string()}, 66, "absent");
  ExpectRefused({"eval", Run().string(), "--step", "7"}, 66, "step-000000007");
  const fs::path copy = CopyOfRun();
  fs::remove_all(copy / "checkpoints");
  ExpectRefused({"eval", copy.string()}, 66, "there is no checkpoint");
}

TEST_F(TrainedRunTest, EvalNamesTheBrokenCheckpointThatItPassesOver) {
  const fs::path copy = CopyOfRun();
  fs::resize_file(copy / "checkpoints/step-000000040/model.safetensors", 1000);
  const ProcessResult result = RunLockstep({"eval", copy.string(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("step-000000040 is skipped"));
  EXPECT_EQ(json::parse(result.out)["accuracy"], StateOf(30)["metrics"]["accuracy"]);
}

TEST_F(MpiTrainedRunTest, EvalGivesTheSameDocumentOnAnyNumberOfRanks) {
  const ProcessResult alone = RunLockstep({"eval", Run().string(), "--json"});
  const ProcessResult three =
      RunProcess({"mpirun", "--oversubscribe", "--bind-to", "none", "-n", "3",
                  LOCKSTEP_BINARY_DIR "/lockstep", "eval", Run().string(), "--json"},
                 MpiProcessOptions());
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(three.exit_code, 0) << three.err;
  EXPECT_EQ(alone.out, three.out);
}

TEST_F(TrainedRunTest, PredictAnswersInTheOrderAskedWithProbabilities) {
  std::vector<std::string> arguments = {"predict", Run().string(), "--top", "10", "--logits"};
  const std::vector<int> asked = {17, 3, 17, 0};
  for (int record : asked) arguments.push_back(Record(record));
  const json images = JsonOf(arguments)["images"];
  ASSERT_EQ(images.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(images[i]["path"], Record(asked[i]));
    double sum = 0;
    double before = 1;
    for (const json& entry : images[i]["top"]) {
      const double probability = entry["probability"];
      EXPECT_LE(probability, before) << "not in falling order";
      sum += before = probability;
    }
    EXPECT_EQ(images[i]["top"].size(), 10U);
    EXPECT_NEAR(sum, 1, 1e-9);
    const auto logits = images[i]["logits"].get<std::vector<double>>();
    const auto largest = std::max_element(logits.begin(), logits.end()) - logits.begin();
    EXPECT_EQ(images[i]["top"][0]["index"], largest);
  }
  EXPECT_EQ(images[0]["logits"], images[2]["logits"]);
  EXPECT_NE(images[0]["logits"], images[1]["logits"]);
}

TEST_F(TrainedRunTest, PredictTakesAPgmPictureAsItTakesTheRecord) {
  std::ifstream file(GlyphsFolder() / "t10k-images-idx3-ubyte", std::ios::binary);
  std::string pixels(784, '\0');
  file.seekg(16 + 784 * 5);
  file.read(pixels.data(), 784);
  const fs::path picture = folder_.Write("five.pgm", "P5 28 28 255\n" + pixels);
  const json images =
      JsonOf({"predict", Run().string(), "--logits", picture.string(), Record(5)})["images"];
  EXPECT_EQ(images[0]["logits"], images[1]["logits"]);
}

TEST_F(TrainedRunTest, PredictRefusesPicturesThatItCannotTake) {
  const std::string run = Run().string();
  const fs::path small = folder_.Write("small.pgm", "P5 2 1 255\nab");
  ExpectRefused({"predict", run, small.string(), "--json"}, 65, "28 x 28");
  const fs::path cut = folder_.Write("cut.pgm", "P5 28 28 255\nab");
  ExpectRefused({"predict", run, cut.string(), "--json"}, 65, "cut.pgm");
  ExpectRefused({"predict", run, (folder_ / "absent.pgm").string(), "--json"}, 66, "absent.pgm");
  ExpectRefused({"predict", run, Record(kTestGlyphs), "--json"}, 65,
                "0 to " + std::to_string(kTestGlyphs - 1));
  ExpectRefused({"predict", folder_.path().string(), Record(0)}, 66, "not a run directory");
}

}  // namespace
}  // namespace lockstep
