#include "launcher/evaluator.h"

#include <algorithm>

#include "core/device/step_input.h"
#include "core/graph/bfloat16.h"

namespace lockstep {
namespace {

/// Lays tensors one behind the other into one buffer.
class Layout {
 public:
  /// The offset of the next tensor, in bytes.
  std::size_t Add(const Shape& shape, DataType type) {
    const std::size_t offset = bytes_;
    const std::size_t size = static_cast<std::size_t>(shape.elements()) * SizeOf(type);
    bytes_ += (size + 63) / 64 * 64;
    return offset;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

template <typename T>
Tensor AsTensor(std::vector<T>& values) {
  return Tensor(values.data(), Shape{static_cast<std::int64_t>(values.size())},
                DataTypeOf<T>::kValue);
}

float ValueOf(float logit) { return logit; }
float ValueOf(Bfloat16 logit) { return ToFloat(logit); }

template <typename T>
std::int32_t LargestOf(std::span<const T> logits) {
  const auto less = [](T a, T b) { return ValueOf(a) < ValueOf(b); };
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end(), less) -
                                   logits.begin());
}

/// The class of the largest logit; the first of equals. `logits` is F32 or BF16.
std::int32_t Predicted(const Tensor& logits) {
  if (logits.type() == DataType::kBF16) return LargestOf(logits.As<const Bfloat16>());
  return LargestOf(logits.As<const float>());
}

}  // namespace

Evaluator::Evaluator(Model& model, Backend& backend, CommunicationThread& communication,
                     const EvaluationBatches& batches)
    : model_(model), communication_(communication), batches_(batches) {
  const auto& values = model.graph().values;
  const Value& images = values[Graph::kImages];
  const Shape samples{images.shape[0]};
  const Shape step_input{static_cast<std::int64_t>(sizeof(StepInput))};
  const Shape logits = model.logits().shape();
  const DataType type = model.logits().type();
  Layout layout;
  const std::size_t offsets[] = {layout.Add(images.shape, DataType::kU8),
                                 layout.Add(samples, DataType::kI32),
                                 layout.Add(samples, DataType::kF32),
                                 layout.Add(step_input, DataType::kU8),
                                 layout.Add(logits, type),
                                 layout.Add(Shape{kLossSums}, DataType::kF32)};
  host_ = backend.AllocateHost(layout.bytes());
  shard_.images = host_.View(offsets[0], images.shape, DataType::kU8);
  shard_.labels = host_.View(offsets[1], samples, DataType::kI32);
  shard_.sample_weights = host_.View(offsets[2], samples, DataType::kF32);
  shard_.step_input = host_.View(offsets[3], step_input, DataType::kU8);
  logits_ = host_.View(offsets[4], logits, type);
  loss_sums_ = host_.View(offsets[5], Shape{kLossSums}, DataType::kF32);
}

EvaluationResult Evaluator::Run(const std::function<void()>& after_batch) {
  const std::int64_t count = batches_.count();
  const Communicator& communicator = communication_.communicator();
  const std::int64_t share = (count + communicator.size() - 1) / communicator.size();
  const auto places = static_cast<std::size_t>(share * communicator.size());
  const auto samples = static_cast<std::size_t>(shard_.labels.elements());
  Gathered gathered{std::vector<double>(places * kLossSums),
                    std::vector<std::int32_t>(places * samples, -1),
                    std::vector<std::int32_t>(places * samples)};
  model_.PrepareWeights();
  const std::int64_t first = communicator.rank() * share;
  for (std::int64_t batch = first; batch < std::min(first + share, count); ++batch) {
    EvaluateBatch(batch, gathered);
    if (after_batch) after_batch();
  }
  Gather(gathered);
  return Summarize(gathered);
}

void Evaluator::Gather(Gathered& gathered) {
  communication_.Run([&] {
    Communicator& communicator = communication_.communicator();
    communicator.AllGather(AsTensor(gathered.sums));
    communicator.AllGather(AsTensor(gathered.label));
    communicator.AllGather(AsTensor(gathered.prediction));
  });
}

void Evaluator::EvaluateBatch(std::int64_t batch, Gathered& gathered) {
  batches_.Fill(batch, shard_);
  model_.Forward(shard_, Phase::kEvaluate);
  model_.stream().Copy(logits_, model_.logits());
  model_.stream().Copy(loss_sums_, model_.loss_sums());
  model_.stream().Synchronize();
  const auto place = static_cast<std::size_t>(batch);
  const auto sums = loss_sums_.As<float>();
  std::copy(sums.begin(), sums.end(), gathered.sums.begin() + batch * kLossSums);
  const auto labels = shard_.labels.As<std::int32_t>();
  const auto weights = shard_.sample_weights.As<float>();
  const std::int64_t classes = logits_.shape()[1];
  for (std::size_t sample = 0; sample < labels.size(); ++sample) {
    if (weights[sample] == 0) continue;
    gathered.label[place * labels.size() + sample] = labels[sample];
    gathered.prediction[place * labels.size() + sample] =
        Predicted(logits_.Range(static_cast<std::int64_t>(sample) * classes, classes));
  }
}

EvaluationResult Evaluator::Summarize(const Gathered& gathered) const {
  EvaluationResult result;
  result.classes = static_cast<int>(logits_.shape()[1]);
  result.confusion.assign(static_cast<std::size_t>(result.classes) * result.classes, 0);
  double loss = 0;
  double top5 = 0;
  for (std::size_t batch = 0; batch * kLossSums < gathered.sums.size(); ++batch) {
    loss += gathered.sums[batch * kLossSums + kLossSum];
    top5 += gathered.sums[batch * kLossSums + kCorrectTop5];
  }
  std::int64_t correct = 0;
  for (std::size_t sample = 0; sample < gathered.label.size(); ++sample) {
    const std::int32_t label = gathered.label[sample];
    if (label < 0) continue;
    const std::int32_t prediction = gathered.prediction[sample];
    ++result.samples;
    correct += label == prediction ? 1 : 0;
    ++result.confusion[static_cast<std::size_t>(label) * result.classes + prediction];
  }
  const double samples = static_cast<double>(std::max<std::int64_t>(result.samples, 1));
  result.loss = loss / samples;
  result.accuracy = static_cast<double>(correct) / samples;
  result.top5_accuracy = top5 / samples;
  return result;
}

}  // namespace lockstep
