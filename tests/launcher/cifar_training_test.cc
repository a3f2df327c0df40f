// CIFAR-10 in binary files, and augmentation, as a user trains with them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/core/data/cifar_bytes.h"
#include "tests/core/gzip.h"
#include "tests/launcher/process.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kConfig = R"(
batch: 16 shards: 2 threads_per_rank: 1 steps: 6 log_every: 1
model { graph {
  node { name: "conv1" conv2d { channels: 4 kernel: 3 padding: 1 } }
  node { name: "relu1" relu {} }
  node { name: "pool1" max_pool { kernel: 4 } }
  node { name: "flatten" flatten {} }
  node { name: "fc" dense { units: 10 } }
} }
data { format: CIFAR10 mean: [0.5, 0.5, 0.5] std: [0.25, 0.25, 0.25] }
optimizer { learning_rate: 0.01 }
)";

/// 40 training images in two files, one of them packed, and 10 to validate on, in the published
/// folder.
class CifarTrainingTest : public testing::Test {
 protected:
  CifarTrainingTest() {
    fs::create_directory(folder_ / "cifar-10-batches-bin");
    folder_.Write("cifar-10-batches-bin/data_batch_1.bin", Records(0, 25));
    folder_.Write("cifar-10-batches-bin/data_batch_2.bin.gz", Gzip(Records(25, 15)));
    folder_.Write("cifar-10-batches-bin/test_batch.bin", Records(40, 10));
    folder_.Write("small.textproto", kConfig);
  }

  static std::string Records(int first, int count) {
    std::string bytes;
    for (int i = first; i < first + count; ++i) bytes += Cifar10Record(i % 10, i);
    return bytes;
  }

  ProcessResult Run(const std::string& verb, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {verb, (folder_ / "small.textproto").string(), "--json",
                                          "--set", "data.path=" + folder_.path().string()};
    if (verb == "data") arguments.insert(arguments.begin() + 1, "inspect");
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunLockstep(arguments);
  }

  /// `train --json` into the run directory `name`.
  json Train(const std::string& name, const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments = {"--run-dir", (folder_ / name).string()};
    for (const std::string& setting : settings) {
      arguments.insert(arguments.end(), {"--set", setting});
    }
    const ProcessResult result = Run("train", arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false);
  }

  /// The metrics of the run's last evaluation.
  json MetricsOf(const std::string& name) const {
    const ProcessResult result =
        RunLockstep({"checkpoint", "ls", (folder_ / name).string(), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false)["checkpoints"].back()["metrics"];
  }

  TemporaryFolder folder_;
};

TEST_F(CifarTrainingTest, InspectShowsWhatTheFilesHold) {
  const ProcessResult result = Run("data", {});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json inspected = json::parse(result.out);
  EXPECT_EQ(inspected["train"]["samples"], 40);
  EXPECT_EQ(inspected["train"]["shape"], json({32, 32, 3}));
  EXPECT_EQ(inspected["train"]["histogram"], json(std::vector<int>(10, 4)));
  EXPECT_EQ(inspected["train"]["mean"].size(), 3U);
  EXPECT_EQ(inspected["validation"]["samples"], 10);
}

TEST_F(CifarTrainingTest, AugmentationChangesTrainingAndNotEvaluation) {
  // Weights that stay as they are: evaluations see the same net, whatever it is trained with.
  const std::vector<std::string> still = {"optimizer.learning_rate=0", "evaluation.split=TRAIN"};
  std::vector<std::string> augmented = still;
  augmented.insert(augmented.end(),
                   {"augmentation.crop_padding=8", "augmentation.horizontal_flip=1"});
  const json plain_run = Train("plain", still);
  const json augmented_run = Train("augmented", augmented);
  EXPECT_NE(plain_run["loss"], augmented_run["loss"]);
  EXPECT_EQ(plain_run["sha256"], augmented_run["sha256"]);
  EXPECT_EQ(MetricsOf("plain"), MetricsOf("augmented"));
}

TEST_F(CifarTrainingTest, APaddingThatMayLeaveNothingIsRefusedBeforeARunBegins) {
  for (const char* verb : {"train", "validate"}) {
    const ProcessResult result = Run(verb, {"--set", "augmentation.crop_padding=32"});
    EXPECT_EQ(result.exit_code, 64) << verb << result.err;
    EXPECT_THAT(result.err, HasSubstr("augmentation.crop_padding: expected at least 0 and less"));
  }
}

TEST_F(CifarTrainingTest, ACutFileIsRefused) {
  folder_.Write("cifar-10-batches-bin/test_batch.bin", Records(40, 10).substr(0, 10000));
  const ProcessResult result = Run("validate", {});
  EXPECT_EQ(result.exit_code, 65) << result.err;
  EXPECT_THAT(result.err, HasSubstr("test_batch.bin, record 3"));
}

}  // namespace
}  // namespace lockstep
