#include "launcher/verbs/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>

#include "comm/communicators.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/device/step_input.h"
#include "core/errors.h"
#include "launcher/evaluation_model.h"
#include "launcher/json_text.h"
#include "launcher/make_backend.h"
#include "launcher/preset_config.h"
#include "launcher/read_picture.h"
#include "launcher/skipped_checkpoints.h"
#include "launcher/trained_run.h"

namespace lockstep {
namespace {

/// What answers: a config and where its weights are.
struct Source {
  Config config;
  PictureForm pictures;
  std::filesystem::path weights;     ///< a checkpoint folder or a .safetensors file
  std::optional<std::int64_t> step;  ///< of a checkpoint
};

Source OpenSource(const PredictOptions& options, Console& console) {
  if (options.model_source.extension() == ".safetensors") {
    if (options.model_preset.empty()) {
      throw ConfigError(
          fmt::format("{}: a bare model file needs --model PRESET", options.model_source.string()));
    }
    return {PresetConfigOf(options.model_preset, options.model_source),
            {PresetImages(options.model_preset), PresetShorterSide(options.model_preset)},
            options.model_source,
            {}};
  }
  const TrainedRun run = OpenTrainedRun(options.model_source, {});
  WarnOfSkipped(run.skipped, console);
  const auto& size = run.config.data().image();
  return {run.config,
          {{size.height(), size.width(), size.channels()}, 0},
          run.checkpoint.path,
          run.checkpoint.step};
}

/// One picture's logits in and out of the model, one at a time: an answer does not depend on its
/// neighbours.
class Predictor {
 public:
  Predictor(const Source& source, Backend& backend)
      : pictures_(source.pictures),
        stream_(backend.NewStream(Priority::kNormal)),
        model_({source.config, source.pictures.images, 1, 1}, backend, *stream_) {
    const bool file = std::filesystem::is_regular_file(source.weights);
    model_.LoadWeights(file ? LoadWeightsFile(model_.plan(), source.weights)
                            : LoadWeights(model_.plan(), source.weights));
    model_.model().PrepareWeights();
    logits_.resize(static_cast<std::size_t>(model_.model().logits().elements()));
  }

  /// Valid until the next call.
  std::span<const float> Logits(const std::string& picture) {
    std::vector<std::uint8_t> pixels = ReadPicture(picture, pictures_);
    const ImageShape& images = pictures_.images;
    std::int32_t label = 0;
    float weight = 1;
    StepInput step_input;
    Shard shard;
    shard.images = Tensor(pixels.data(), Shape{1, images.height, images.width, images.channels},
                          DataType::kU8);
    shard.labels = Tensor(&label, Shape{1}, DataType::kI32);
    shard.sample_weights = Tensor(&weight, Shape{1}, DataType::kF32);
    shard.step_input = Tensor(&step_input, Shape{sizeof(StepInput)}, DataType::kU8);
    model_.model().Forward(shard, Phase::kEvaluate);
    const Tensor logits = model_.model().logits();
    stream_->Copy(Tensor(logits_.data(), logits.shape(), DataType::kF32), logits);
    stream_->Synchronize();
    return logits_;
  }

 private:
  PictureForm pictures_;
  std::unique_ptr<Stream> stream_;
  EvaluationModel model_;
  std::vector<float> logits_;
};

std::vector<double> Softmax(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> probabilities;
  double sum = 0;
  for (float logit : logits) {
    probabilities.push_back(std::exp(logit - largest));
    sum += probabilities.back();
  }
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

/// The indices of the `count` largest, the largest first; of equals the lower index.
std::vector<std::size_t> Largest(const std::vector<double>& values, int count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  return order;
}

nlohmann::ordered_json AnswerOf(const PredictOptions& options, const std::string& picture,
                                std::span<const float> logits) {
  const std::vector<double> probabilities = Softmax(logits);
  nlohmann::ordered_json answer = {{"path", picture}};
  auto& top = answer["top"] = nlohmann::ordered_json::array();
  for (std::size_t index : Largest(probabilities, options.top)) {
    top.push_back({{"index", index},
                   {"label", std::to_string(index)},
                   {"probability", probabilities[index]}});
  }
  if (options.logits) answer["logits"] = std::vector<float>(logits.begin(), logits.end());
  return answer;
}

std::string ToText(const nlohmann::ordered_json& answer) {
  std::string text = answer["path"].get<std::string>() + ":";
  for (const auto& entry : answer["top"]) {
    text += fmt::format("  {} ({:.1f} %)", entry["label"].get<std::string>(),
                        entry["probability"].get<double>() * 100);
  }
  if (answer.contains("logits")) text += "  logits " + answer["logits"].dump();
  return text;
}

}  // namespace

ExitCode RunPredict(const PredictOptions& options, Console& console) {
  const auto communicator = MakeSelfCommunicator();
  Source source = OpenSource(options, console);
  source.config = InferenceConfigOf(source.config, *communicator);
  const auto backend = MakeBackend(source.config, 0);
  Predictor predictor(source, *backend);
  nlohmann::ordered_json answers;
  if (source.step) answers["step"] = *source.step;
  if (source.step && !options.json) console.Result(fmt::format("step {}", *source.step));
  answers["images"] = nlohmann::ordered_json::array();
  for (const std::string& picture : options.images) {
    const auto answer = AnswerOf(options, picture, predictor.Logits(picture));
    if (options.json) {
      answers["images"].push_back(answer);
    } else {
      console.Result(ToText(answer));
    }
  }
  if (options.json) console.Result(JsonText(answers));
  return ExitCode::kDone;
}

}  // namespace lockstep
