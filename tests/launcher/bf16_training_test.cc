// Training in 16 bits learns what training in 32 bits learns.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "comm/communicators.h"
#include "core/data/glyph_painter.h"
#include "core/data/memory_dataset.h"
#include "launcher/job.h"
#include "tests/core/parse_message.h"

namespace lockstep {
namespace {

constexpr int kSteps = 200;
constexpr int kLast = 20;  ///< steps whose losses are averaged
/// Rounding alone moves the loss of one run by a percent either way; the mean of these by less than
/// half of one.
constexpr int kSeeds = 4;

/// A residual network in miniature.
constexpr const char* kTraining = R"(
  batch: 32 shards: 2 threads_per_rank: 1 steps: 1000 backend: ONEDNN
  model { classes: 10 graph {
    node { name: 'conv1' conv2d { channels: 8 kernel: 3 stride: 2 padding: 1 bias: false } }
    node { name: 'bn1' batch_norm {} }
    node { name: 'relu1' relu {} }
    node { name: 'conv2' conv2d { channels: 8 kernel: 3 padding: 1 bias: false } }
    node { name: 'bn2' batch_norm {} }
    node { name: 'add' input: 'bn2' input: 'relu1' add {} }
    node { name: 'relu2' relu {} }
    node { name: 'conv3' conv2d { channels: 16 kernel: 3 stride: 2 padding: 1 bias: false } }
    node { name: 'bn3' batch_norm {} }
    node { name: 'relu3' relu {} }
    node { name: 'pool' max_pool { kernel: 2 } }
    node { name: 'flatten' flatten {} }
    node { name: 'fc' dense { units: 10 } }
  } }
  optimizer { learning_rate: 0.003 momentum: 0.9 weight_decay: 5e-4 }
  data { mean: 0.187 std: 0.199 }
  evaluation { every_epochs: 0 })";

JobData Glyphs() {
  constexpr int kRecords = 1000;
  constexpr std::int64_t kSide = GlyphPainter::kSide;
  LabelledImages images;
  images.shape = {kSide, kSide, 1};
  const auto bytes = static_cast<std::size_t>(kSide * kSide);
  images.pixels.resize(kRecords * bytes);
  const GlyphPainter painter;
  for (std::uint64_t number = 0; number < kRecords; ++number) {
    painter.Paint(number, std::span(images.pixels).subspan(number * bytes, bytes));
    images.labels.push_back(GlyphPainter::LabelOf(number));
  }
  JobData data;
  data.train = std::make_unique<MemoryDataset>("glyphs", std::move(images), 10);
  return data;
}

/// The loss of the last steps, which is the mean of several runs.
double FinalLossIn(Precision::Type precision) {
  auto config = ParseMessage<Config>(kTraining);
  config.set_precision(precision);
  double sum = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    config.set_seed(static_cast<std::uint64_t>(seed));
    const auto communicator = MakeSelfCommunicator();
    Job job(config, Glyphs(), *communicator);
    job.replica().InitializeWeights();
    job.StartAt(0);
    for (int step = 0; step < kSteps; ++step) {
      const double loss = job.trainer().RunStep({}).loss;
      if (step >= kSteps - kLast) sum += loss;
    }
  }
  return sum / (kSeeds * kLast);
}

TEST(Bf16TrainingTest, EndsWithTheLossOfF32) {
  const double wide = FinalLossIn(Precision::F32);
  EXPECT_LT(wide, std::log(10.0) / 3) << "little was learnt";
  EXPECT_GT(wide, 0.1) << "what is left is noise";
  const double narrow = FinalLossIn(Precision::BF16);
  EXPECT_NE(narrow, wide) << "both computed in the same precision";
  EXPECT_NEAR(narrow / wide, 1, 0.02);
}

}  // namespace
}  // namespace lockstep
