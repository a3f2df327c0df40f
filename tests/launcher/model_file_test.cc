// predict on a bare model file, without the run that it comes from.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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
using testing::AllOf;
using testing::HasSubstr;

class ModelFileTest : public testing::Test {
 protected:
  /// Two steps of LeNet with 12 classes on pixels from 0 to 1, as the preset takes them.
  static void SetUpTestSuite() {
    MakeGlyphs();
    trained_ = std::make_unique<TemporaryFolder>();
    TrainingCommand command;
    command.run_dir = Run();
    command.overrides = {"model.classes=12", "data.mean=[0]", "data.std=[1]",
                         "evaluation.every_epochs=0"};
    command.SetSteps(2);
    const ProcessResult result = RunProcess(command.Arguments());
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  static void TearDownTestSuite() { trained_.reset(); }

  static fs::path Run() { return *trained_ / "run"; }
  static std::string File() {
    return (Run() / "checkpoints/step-000000002/model.safetensors").string();
  }
  static std::string Picture() {
    return (GlyphsFolder() / "t10k-images-idx3-ubyte").string() + ":3";
  }

  static json LogitsOf(const std::vector<std::string>& model) {
    std::vector<std::string> arguments = {"predict", Picture(), "--logits", "--json"};
    arguments.insert(arguments.begin() + 1, model.begin(), model.end());
    const ProcessResult result = RunLockstep(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false)["images"][0]["logits"];
  }

  static ProcessResult Predict(const std::string& file, const std::string& preset) {
    return RunLockstep({"predict", file, Picture(), "--model", preset});
  }

  static std::unique_ptr<TemporaryFolder> trained_;
  TemporaryFolder folder_;
};

std::unique_ptr<TemporaryFolder> ModelFileTest::trained_;

TEST_F(ModelFileTest, AnswersAsItsRunDoes) {
  const json logits = LogitsOf({File(), "--model", "lenet"});
  EXPECT_EQ(logits.size(), 12U) << "as many as the last layer of the file has";
  EXPECT_EQ(logits, LogitsOf({Run().string()}));
}

TEST_F(ModelFileTest, NeedsTheNameOfItsNetwork) {
  const ProcessResult result = RunLockstep({"predict", File(), Picture()});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("--model PRESET"));
  const ProcessResult misspelt = Predict(File(), "resnet-50");
  EXPECT_EQ(misspelt.exit_code, 64);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean 'resnet50'?"));
}

TEST_F(ModelFileTest, RefusesAFileThatIsMissingOrNoModel) {
  EXPECT_EQ(Predict((folder_ / "absent.safetensors").string(), "lenet").exit_code, 66);
  const ProcessResult result = Predict(folder_.Write("no.safetensors", "no").string(), "lenet");
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("no.safetensors"));
}

}  // namespace
}  // namespace lockstep
