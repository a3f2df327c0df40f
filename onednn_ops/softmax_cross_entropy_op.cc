#include "onednn_ops/softmax_cross_entropy_op.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "onednn_ops/kernels/convert.h"
#include "onednn_ops/step_input_of.h"

namespace lockstep {
namespace {

CrossEntropy LossOf(const SoftmaxCrossEntropy& settings, std::int64_t classes) {
  const auto& weights = settings.class_weight();
  return CrossEntropy(static_cast<int>(classes), settings.label_smoothing(),
                      {weights.data(), static_cast<std::size_t>(weights.size())});
}

}  // namespace

SoftmaxCrossEntropyOp::SoftmaxCrossEntropyOp(const NodeSpec& node)
    : loss_(LossOf(node.def.softmax_cross_entropy(), node.inputs[0][1])),
      samples_(node.inputs[0][0]),
      classes_(node.inputs[0][1]),
      global_batch_(node.global_batch),
      phase_(node.phase) {}

OpNeeds SoftmaxCrossEntropyOp::Needs() const {
  const std::size_t row = static_cast<std::size_t>(classes_) * sizeof(float);
  OpNeeds needs;
  needs.backward_reads_input = {false, true, true};
  needs.backward_reads_output = true;
  if (phase_ == Phase::kTrain) {
    needs.saved_bytes = static_cast<std::size_t>(samples_) * row;
    needs.scratch_bytes = row;
  } else {
    needs.scratch_bytes = 2 * row;
  }
  return needs;
}

void SoftmaxCrossEntropyOp::Bind(const OpBuffers& buffers) {
  logits_ = buffers.inputs[0];
  labels_ = buffers.inputs[1];
  sample_weights_ = buffers.inputs[2];
  sums_ = buffers.output;
  step_input_ = buffers.step_input;
  const Tensor rows(buffers.scratch.data(), Shape{2, classes_}, DataType::kF32);
  row_ = rows.Range(0, classes_).As<float>();
  if (phase_ == Phase::kTrain) {
    probabilities_ = Tensor(buffers.saved.data(), Shape{samples_, classes_}, DataType::kF32);
    control_ = buffers.d_parameters[0];
    d_logits_ = buffers.d_inputs[0];
  } else {
    probabilities_ = rows.Range(classes_, classes_);
  }
}

std::span<float> SoftmaxCrossEntropyOp::probabilities(std::int64_t sample) const {
  const std::int64_t row = phase_ == Phase::kTrain ? sample : 0;
  return probabilities_.Range(row * classes_, classes_).As<float>();
}

void SoftmaxCrossEntropyOp::Forward(Stream& /*stream*/, Phase /*phase*/) {
  const auto labels = labels_.As<const std::int32_t>();
  const auto weights = sample_weights_.As<const float>();
  std::array<double, kLossSums> sums = {};
  for (std::int64_t i = 0; i < samples_; ++i) {
    const auto at = static_cast<std::size_t>(i);
    WidenElements(logits_.Range(i * classes_, classes_), row_);
    const SampleLoss sample = loss_.Loss(row_, labels[at], probabilities(i));
    if (weights[at] > 0) {
      sums[kLossSum] += weights[at] * sample.loss;
      sums[kCorrect] += sample.rank_of_label < 1 ? 1 : 0;
      sums[kCorrectTop5] += sample.rank_of_label < 5 ? 1 : 0;
      sums[kSamples] += 1;
    }
  }
  std::transform(sums.begin(), sums.end(), sums_.As<float>().begin(),
                 [](double sum) { return static_cast<float>(sum); });
}

void SoftmaxCrossEntropyOp::Backward(Stream& /*stream*/) {
  const StepInput step = StepInputOf(step_input_);
  WriteControlWords(step);
  if (!d_logits_.present()) {
    return;
  }
  const auto labels = labels_.As<const std::int32_t>();
  const auto weights = sample_weights_.As<const float>();
  const double scale = double{step.loss_scale} / static_cast<double>(global_batch_);
  for (std::int64_t i = 0; i < samples_; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (weights[at] > 0) {
      loss_.Gradient(probabilities(i), labels[at], scale * weights[at], row_);
    } else {
      std::fill(row_.begin(), row_.end(), 0.0F);
    }
    RoundElements(row_, d_logits_.Range(i * classes_, classes_));
  }
}

void SoftmaxCrossEntropyOp::WriteControlWords(const StepInput& step) const {
  const auto control = control_.As<float>();
  const auto sums = sums_.As<const float>();
  std::fill(control.begin(), control.end(), 0.0F);
  std::copy(sums.begin(), sums.end(), control.begin());
  control[kControlStop] = step.stop_requested;
  control[kControlCheckpoint] = step.checkpoint_requested;
  control[kControlNotFinite] = std::isfinite(sums[kLossSum]) ? 0.0F : 1.0F;
}

}  // namespace lockstep
