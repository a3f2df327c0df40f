// The promise of the whole for a network with normalizations: one hash on any number of ranks,
// after a kill and a resume, for each optimizer and precision.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicators.h"
#include "launcher/job.h"
#include "tests/core/parse_message.h"
#include "tests/launcher/noise_data.h"
#include "tests/launcher/process.h"
#include "tests/launcher/training_command.h"
#include "tests/launcher/weights_hash.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

/// How a network is trained.
struct Arithmetic {
  std::string name;
  std::string optimizer;  ///< an OptimizerConfig
  Precision::Type precision = Precision::F32;
};

void PrintTo(const Arithmetic& arithmetic, std::ostream* out) { *out << arithmetic.name; }

constexpr const char* kSgd = "learning_rate: 0.05 momentum: 0.9 weight_decay: 5e-4";
constexpr const char* kClippedAdamW =
    "type: ADAMW learning_rate: 1e-3 weight_decay: 0.05 clip_norm: 0.5";

/// resnet18_cifar on 16 images a step in 8 shards.
Config ConfigOf(const Arithmetic& arithmetic) {
  auto config = ParseMessage<Config>(R"(
    batch: 16 shards: 8 threads_per_rank: 1 steps: 1000 backend: ONEDNN
    model { preset: 'resnet18_cifar' classes: 10 }
    evaluation { every_epochs: 0 })");
  *config.mutable_optimizer() = ParseMessage<OptimizerConfig>(arithmetic.optimizer);
  config.set_precision(arithmetic.precision);
  return config;
}

/// Images of noise, small so that steps are short, and odd below the second layer.
JobData SmallNoise() { return NoiseImages({12, 12, 3}, 24); }

/// The hash that all ranks agree on after two steps: 32 samples cross the border of an epoch.
std::string TrainOnThreads(int ranks, const Config& config) {
  std::vector<std::string> hashes(static_cast<std::size_t>(ranks));
  RunAsThreads(ranks, [&](Communicator& communicator) {
    Job job(config, SmallNoise(), communicator);
    job.replica().InitializeWeights();
    job.StartAt(0);
    for (int step = 0; step < 2; ++step) EXPECT_TRUE(job.trainer().RunStep({}).finite);
    hashes[static_cast<std::size_t>(communicator.rank())] = WeightsHash(job.replica());
  });
  for (const std::string& hash : hashes) EXPECT_EQ(hash, hashes.front()) << "of " << ranks;
  return hashes.front();
}

class ResNetExactnessTest : public testing::TestWithParam<Arithmetic> {};

TEST_P(ResNetExactnessTest, OneHashOnAnyNumberOfRanks) {
  const Config config = ConfigOf(GetParam());
  const std::string expected = TrainOnThreads(1, config);
  for (int ranks : {2, 3, 4}) EXPECT_EQ(TrainOnThreads(ranks, config), expected) << ranks;
}

std::string NameOfCase(const testing::TestParamInfo<Arithmetic>& arithmetic) {
  return arithmetic.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Arithmetics, ResNetExactnessTest,
    testing::Values(Arithmetic{"Sgd", kSgd}, Arithmetic{"SgdInBf16", kSgd, Precision::BF16},
                    Arithmetic{"ClippedAdamW", kClippedAdamW},
                    Arithmetic{"ClippedAdamWInBf16", kClippedAdamW, Precision::BF16}),
    NameOfCase);

TEST(ResNetExactnessControlTest, ASumThatDependsOnTheRanksGivesAnotherHash) {
  Config config = ConfigOf({"ClippedAdamW", kClippedAdamW});
  config.set_reduction(Reduction::FAST);
  const std::string alone = TrainOnThreads(1, config);
  EXPECT_NE(TrainOnThreads(3, config), alone);
  config.mutable_optimizer()->clear_clip_norm();
  EXPECT_NE(TrainOnThreads(1, config), alone) << "nothing was clipped";
}

/// The same as real processes on drawn signs.
class MpiResNetExactnessTest : public testing::TestWithParam<Arithmetic> {
 protected:
  static void SetUpTestSuite() { MakeGlyphs(); }

  TrainingCommand Command(const std::string& run, int ranks) const {
    const Config config = ConfigOf(GetParam());
    folder_.Write("config.textproto", config.DebugString());
    TrainingCommand command;
    command.config = folder_ / "config.textproto";
    command.run_dir = folder_ / run;
    command.ranks = ranks;
    command.overrides = {"batch=16",       "model.dropout=0", "evaluation.every_epochs=0",
                         "verify_every=0", "bucket_kib=1024", "checkpoint.every=1"};
    return command;
  }

  static std::string HashOf(const TrainingCommand& command) {
    const ProcessResult result = RunProcess(command.Arguments(), MpiProcessOptions());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    if (result.exit_code != 0) return "";
    return nlohmann::json::parse(result.out)["sha256"];
  }

  TemporaryFolder folder_;
};

TEST_P(MpiResNetExactnessTest, KilledAndResumedOnOtherRanksGivesTheSameHash) {
  TrainingCommand command = Command("killed", 2);
  command.SetSteps(1000);
  Process run(command.Arguments(), MpiProcessOptions());
  ASSERT_TRUE(WaitForCheckpoint(run, command.run_dir, 1)) << run.err();
  const std::vector<pid_t> ranks = WaitForRanks(run.pid(), command.ranks);
  for (pid_t rank : ranks) kill(rank, SIGKILL);
  run.SignalGroup(SIGKILL);
  run.Wait();
  for (pid_t rank : ranks) ASSERT_TRUE(EndsWithin(rank, std::chrono::seconds(30)));
  const std::int64_t end = NewestStep(command.run_dir) + 1;
  command.ranks = 3;
  command.SetSteps(end);
  TrainingCommand undisturbed = Command("undisturbed", 1);
  undisturbed.SetSteps(end);
  undisturbed.overrides.push_back("checkpoint.every=0");
  EXPECT_EQ(HashOf(command), HashOf(undisturbed));
}

INSTANTIATE_TEST_SUITE_P(
    Arithmetics, MpiResNetExactnessTest,
    testing::Values(Arithmetic{"Sgd", kSgd}, Arithmetic{"SgdInBf16", kSgd, Precision::BF16},
                    Arithmetic{"ClippedAdamW", kClippedAdamW},
                    Arithmetic{"ClippedAdamWInBf16", kClippedAdamW, Precision::BF16}),
    NameOfCase);

}  // namespace
}  // namespace lockstep
