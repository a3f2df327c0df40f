// The loss against its definition, its control words, and the samples that do not count.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/device/step_input.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/tensor_values.h"
#include "tests/onednn_ops/test_backend.h"

namespace lockstep {
namespace {

// A batch of the loss: logits [labels.size(), classes].
struct LossBatch {
  Values logits;
  std::vector<int> labels;
  Values sample_weights;
};

// What the definition says of one sample.
double ReferenceLoss(const SoftmaxCrossEntropy& settings, std::span<const double> logits,
                     int label) {
  double sum = 0;
  for (const double logit : logits) {
    sum += std::exp(logit);
  }
  const auto weight = [&](int c) {
    return settings.class_weight_size() == 0 ? 1.0 : double{settings.class_weight(c)};
  };
  const auto surprise = [&](int c) {
    return -std::log(std::exp(logits[static_cast<std::size_t>(c)]) / sum);
  };
  const double smoothing = settings.label_smoothing();
  double loss = (1 - smoothing) * weight(label) * surprise(label);
  for (int c = 0; c < static_cast<int>(logits.size()); ++c) {
    loss += smoothing / static_cast<double>(logits.size()) * weight(c) * surprise(c);
  }
  return loss;
}

// The weighted sum over the batch.
double ReferenceLoss(const SoftmaxCrossEntropy& settings, const LossBatch& batch) {
  const std::size_t classes = batch.logits.size() / batch.labels.size();
  double sum = 0;
  for (std::size_t i = 0; i < batch.labels.size(); ++i) {
    const std::span<const double> row(batch.logits.data() + i * classes, classes);
    sum += batch.sample_weights[i] * ReferenceLoss(settings, row, batch.labels[i]);
  }
  return sum;
}

NodeSpec LossSpec(const std::string& settings, const LossBatch& batch,
                  DataType activations = DataType::kF32) {
  const auto samples = static_cast<std::int64_t>(batch.labels.size());
  const auto classes = static_cast<std::int64_t>(batch.logits.size()) / samples;
  NodeSpec node = SpecOf({"Loss",
                          "softmax_cross_entropy {" + settings + "}",
                          {Shape{samples, classes}, Shape{samples}, Shape{samples}}},
                         activations);
  node.input_needs_gradient = {true, false, false};
  node.global_batch = 2 * samples;
  return node;
}

void Fill(OpUnderTest& op, const LossBatch& batch) {
  op.Fill({{batch.logits}, {}});
  std::copy(batch.labels.begin(), batch.labels.end(),
            op.buffers().inputs[1].As<std::int32_t>().begin());
  std::copy(batch.sample_weights.begin(), batch.sample_weights.end(),
            op.buffers().inputs[2].As<float>().begin());
}

LossBatch RandomBatch() {
  LossBatch batch{RandomValues(5 * 7, 1), {3, 0, 6, 2, 2}, {1, 0.5, 0, 1, 2}};
  for (double& logit : batch.logits) {
    logit *= 4;
  }
  return batch;
}

class SoftmaxCrossEntropyTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> backend_ = NewTestBackend(2);
};

TEST_F(SoftmaxCrossEntropyTest, SumsTheLossAndItsGradientAsDefined) {
  for (const char* settings :
       {"", "label_smoothing: 0.1", "class_weight: [1, 2, 0.5, 1, 1, 1, 0.25]",
        "label_smoothing: 0.3 class_weight: [1, 2, 0.5, 1, 1, 1, 0.25]"}) {
    LossBatch batch = RandomBatch();
    const NodeSpec node = LossSpec(settings, batch);
    const auto& definition = node.def.softmax_cross_entropy();
    OpUnderTest op(*backend_, node);
    Fill(op, batch);
    StepInput step;
    step.loss_scale = 8;
    op.SetStepInput(step);
    op.Forward();
    const double expected = ReferenceLoss(definition, batch);
    EXPECT_NEAR(op.output()[kLossSum], expected, 1e-6 * expected) << settings;
    op.Backward(Values(kLossSums, 0.0));
    const Values d_logits = op.d_input(0);
    constexpr double kStep = 1e-4;
    for (std::size_t i = 0; i < batch.logits.size(); ++i) {
      const double logit = batch.logits[i];
      batch.logits[i] = logit + kStep;
      const double above = ReferenceLoss(definition, batch);
      batch.logits[i] = logit - kStep;
      const double slope = (above - ReferenceLoss(definition, batch)) / (2 * kStep);
      batch.logits[i] = logit;
      EXPECT_NEAR(d_logits[i], 8 * slope / 10, 2e-6) << settings << ", element " << i;
    }
    EXPECT_TRUE(op.stayed_within_bounds());
  }
}

// The logits are read, and their gradient is written, in 16 bits; nothing between is rounded.
TEST_F(SoftmaxCrossEntropyTest, RoundsTheGradientAloneInBfloat16) {
  LossBatch batch = RandomBatch();
  batch.logits = RoundedTo(DataType::kBF16, batch.logits);
  const auto run = [&](DataType activations) {
    OpUnderTest op(*backend_, LossSpec("label_smoothing: 0.1", batch, activations));
    Fill(op, batch);
    op.Forward();
    const Values sums = op.output();
    op.Backward(Values(kLossSums, 0.0));
    EXPECT_TRUE(op.stayed_within_bounds());
    return std::pair(sums, op.d_input(0));
  };
  const auto [sums, d_logits] = run(DataType::kF32);
  const auto [sums_16, d_logits_16] = run(DataType::kBF16);
  EXPECT_EQ(sums_16, sums);
  EXPECT_EQ(d_logits_16, RoundedTo(DataType::kBF16, d_logits));
  EXPECT_NE(d_logits_16, d_logits);
}

TEST_F(SoftmaxCrossEntropyTest, CountsTheFirstOfEqualLogitsAsLarger) {
  // Ranks of the labels: 0; 1 (class 0 is as large and in front); 4; 5; 0 but of weight 0.
  const LossBatch batch{{1, 1, 0, 0, 0, 0,  //
                         1, 1, 0, 0, 0, 0,  //
                         6, 5, 4, 3, 2, 1,  //
                         6, 5, 4, 3, 2, 1,  //
                         9, 0, 0, 0, 0, 0},
                        {0, 1, 4, 5, 0},
                        {1, 1, 1, 1, 0}};
  OpUnderTest op(*backend_, LossSpec("", batch));
  Fill(op, batch);
  op.Forward();
  EXPECT_EQ(op.output()[kCorrect], 1);
  EXPECT_EQ(op.output()[kCorrectTop5], 3);
  EXPECT_EQ(op.output()[kSamples], 4);
}

TEST_F(SoftmaxCrossEntropyTest, PassesSumsAndRequestsOnInTheControlWords) {
  const LossBatch batch = RandomBatch();
  OpUnderTest op(*backend_, LossSpec("", batch));
  Fill(op, batch);
  StepInput step;
  step.stop_requested = 1;
  op.SetStepInput(step);
  op.Forward();
  const Values sums = op.output();
  op.Backward(Values(kLossSums, 0.0));
  const Values control = op.d_parameter(0);
  for (const int word : {kLossSum, kCorrect, kCorrectTop5, kSamples}) {
    EXPECT_EQ(control[static_cast<std::size_t>(word)], sums[static_cast<std::size_t>(word)]);
  }
  EXPECT_EQ(control[kControlStop], 1);
  EXPECT_EQ(control[kControlCheckpoint], 0);
  EXPECT_EQ(control[kControlNotFinite], 0);
}

TEST_F(SoftmaxCrossEntropyTest, TellsThatTheLossIsNotFinite) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    LossBatch batch = RandomBatch();
    batch.logits[0] = bad;
    OpUnderTest op(*backend_, LossSpec("", batch));
    Fill(op, batch);
    op.Forward();
    op.Backward(Values(kLossSums, 0.0));
    EXPECT_EQ(op.d_parameter(0)[kControlNotFinite], 1) << bad;
  }
}

TEST_F(SoftmaxCrossEntropyTest, LeavesOutSamplesOfWeightZeroWhateverTheyHold) {
  LossBatch batch = RandomBatch();
  batch.logits[2 * 7] = std::numeric_limits<double>::quiet_NaN();  // sample 2 has weight 0
  OpUnderTest op(*backend_, LossSpec("", batch));
  Fill(op, batch);
  op.Forward();
  op.Backward(Values(kLossSums, 0.0));
  EXPECT_TRUE(std::isfinite(op.output()[kLossSum]));
  EXPECT_EQ(op.d_parameter(0)[kControlNotFinite], 0);
  const Values d_logits = op.d_input(0);
  for (std::size_t c = 0; c < 7; ++c) {
    EXPECT_EQ(d_logits[2 * 7 + c], 0);
  }
}

TEST_F(SoftmaxCrossEntropyTest, StaysFiniteWhereThePlainFormulaOverflows) {
  const LossBatch batch{{1000, -1000, 0}, {1}, {1}};
  OpUnderTest op(*backend_, LossSpec("", batch));
  Fill(op, batch);
  op.Forward();
  EXPECT_EQ(op.output()[kLossSum], 2000);
  op.Backward(Values(kLossSums, 0.0));
  EXPECT_EQ(op.d_input(0), (Values{0.5, -0.5, 0}));
}

TEST_F(SoftmaxCrossEntropyTest, RefusesALabelThatIsNoClass) {
  LossBatch batch = RandomBatch();
  batch.labels[0] = 7;
  OpUnderTest op(*backend_, LossSpec("", batch));
  Fill(op, batch);
  EXPECT_THROW(op.Forward(), std::logic_error);
}

TEST_F(SoftmaxCrossEntropyTest, GivesTheSameSumsInEvaluation) {
  const LossBatch batch = RandomBatch();
  NodeSpec node = LossSpec("label_smoothing: 0.1", batch);
  OpUnderTest train(*backend_, node);
  Fill(train, batch);
  train.Forward();
  node.phase = Phase::kEvaluate;
  OpUnderTest evaluate(*backend_, node);
  Fill(evaluate, batch);
  evaluate.Forward(Phase::kEvaluate);
  EXPECT_EQ(evaluate.output(), train.output());
  EXPECT_TRUE(evaluate.stayed_within_bounds());
}

}  // namespace
}  // namespace lockstep
