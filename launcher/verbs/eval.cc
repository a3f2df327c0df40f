#include "launcher/verbs/eval.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "comm/agreement.h"
#include "comm/communication_thread.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/data/open_dataset.h"
#include "core/metrics/confusion_matrix.h"
#include "launcher/evaluation_model.h"
#include "launcher/evaluator.h"
#include "launcher/make_backend.h"
#include "launcher/run_on_ranks.h"
#include "launcher/skipped_checkpoints.h"
#include "launcher/trained_run.h"

namespace lockstep {
namespace {

/// What an evaluation is made of, in destruction order.
struct EvalParts {
  Config config;
  std::unique_ptr<Dataset> dataset;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<EvaluationModel> model;
  std::unique_ptr<EvaluationBatches> batches;
  std::unique_ptr<CommunicationThread> communication;
  std::unique_ptr<Evaluator> evaluator;
};

void Open(const EvalOptions& options, Communicator& communicator, Console& console,
          EvalParts& parts) {
  TrainedRun run;
  AgreeOnErrors(communicator, [&] { run = OpenTrainedRun(options.run, options.checkpoint); });
  WarnOfSkipped(run.skipped, console);
  parts.config = InferenceConfigOf(run.config, communicator);
  AgreeOnErrors(communicator, [&] {
    const Config& config = parts.config;
    const std::int64_t batch = config.evaluation().batch() > 0 ? config.evaluation().batch()
                                                               : config.batch() / config.shards();
    parts.dataset = OpenDataset(config.data(), options.split, config.model().classes());
    parts.backend = MakeBackend(config, communicator.local_rank());
    parts.stream = parts.backend->NewStream(Priority::kNormal);
    parts.model = std::make_unique<EvaluationModel>(
        EvaluationModelOptions{config, parts.dataset->image_shape(), batch, 1}, *parts.backend,
        *parts.stream);
    parts.model->LoadWeights(LoadWeights(parts.model->plan(), run.checkpoint.path));
    parts.batches = std::make_unique<EvaluationBatches>(*parts.dataset, batch);
  });
  parts.communication = std::make_unique<CommunicationThread>(communicator);
  parts.evaluator = std::make_unique<Evaluator>(parts.model->model(), *parts.backend,
                                                *parts.communication, *parts.batches);
}

nlohmann::ordered_json ToJson(const ConfusionMatrix& matrix) {
  auto rows = nlohmann::ordered_json::array();
  for (int label = 0; label < matrix.classes(); ++label) {
    auto row = nlohmann::ordered_json::array();
    for (int predicted = 0; predicted < matrix.classes(); ++predicted) {
      row.push_back(matrix.Count(label, predicted));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ToJson(const EvaluationResult& result, const ConfusionMatrix& matrix,
                   const std::string& split) {
  const ClassMetrics mean = matrix.MeanOverClasses();
  nlohmann::ordered_json json = {{"split", split},
                                 {"samples", result.samples},
                                 {"loss", result.loss},
                                 {"accuracy", result.accuracy},
                                 {"top5_accuracy", result.top5_accuracy},
                                 {"precision", mean.precision},
                                 {"recall", mean.recall},
                                 {"f1", mean.f1}};
  auto& classes = json["per_class"] = nlohmann::ordered_json::array();
  for (int label = 0; label < matrix.classes(); ++label) {
    const ClassMetrics metrics = matrix.OfClass(label);
    classes.push_back({{"index", label},
                       {"samples", metrics.samples},
                       {"precision", metrics.precision},
                       {"recall", metrics.recall},
                       {"f1", metrics.f1}});
  }
  json["confusion"] = ToJson(matrix);
  return json.dump();
}

std::string ToTable(const EvaluationResult& result, const ConfusionMatrix& matrix,
                    const std::string& split) {
  std::string text = fmt::format(
      "{}: {} samples, loss {:.4f}, accuracy {:.2f} %, top-5 {:.2f} %\n\n"
      "class  samples  precision  recall      F1\n",
      split, result.samples, result.loss, result.accuracy * 100, result.top5_accuracy * 100);
  for (int label = 0; label < matrix.classes(); ++label) {
    const ClassMetrics metrics = matrix.OfClass(label);
    text += fmt::format("{:5}  {:7}  {:9.4f}  {:6.4f}  {:6.4f}\n", label, metrics.samples,
                        metrics.precision, metrics.recall, metrics.f1);
  }
  return text;
}

}  // namespace

ExitCode RunEval(const EvalOptions& options, Console& console) {
  const auto communicator = JoinRanks(console);
  EvalParts parts;
  RankBody body;
  body.start = [&] { Open(options, *communicator, console, parts); };
  body.run = [&] {
    const EvaluationResult result = parts.evaluator->Run();
    if (communicator->rank() != 0) return ExitCode::kDone;
    ConfusionMatrix matrix(result.classes);
    matrix.Add(result.confusion);
    const std::string split = options.split == Split::TRAIN ? "train" : "validation";
    console.Result(options.json ? ToJson(result, matrix, split) : ToTable(result, matrix, split));
    return ExitCode::kDone;
  };
  return RunOnRanks(*communicator, console, body);
}

}  // namespace lockstep
