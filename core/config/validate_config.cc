#include "core/config/validate_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <string_view>

#include "core/config/config_field.h"
#include "core/errors.h"

namespace lockstep {
namespace {

// Bounds that no real job meets; they keep products of counts within 64 bits and lists within
// memory.
constexpr double kMostSamplesOfBatch = 1 << 24;
constexpr double kMostShards = 1 << 16;
constexpr double kMostThreads = 1024;
constexpr double kMostClasses = 1 << 20;
constexpr double kMostSteps = 1e12;
constexpr double kMostSamples = 1e15;
constexpr double kMostEpochs = 1e6;
constexpr double kMostBucketKib = 1 << 20;
constexpr double kMostPixelsOfSide = 1 << 16;
constexpr double kMostChannels = 1 << 10;
constexpr double kLongestHang = 1e6;
constexpr double kNoBound = std::numeric_limits<double>::max();
// Rates are applied as float32.
constexpr double kLargestFloat = std::numeric_limits<float>::max();
constexpr double kSmallestFloat = std::numeric_limits<float>::min();

constexpr int kFewestSamplesOfShard = 8;

// Where an allowed range begins.
enum class From { kIncluded, kExcluded };

// Collects what is wrong with a config, all of it, so that a person need not mend it one run at a
// time.
class Problems {
 public:
  template <typename... Arguments>
  void Add(std::string_view key, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    lines_.push_back(
        fmt::format("{}: {}", key, fmt::format(text, std::forward<Arguments>(arguments)...)));
  }

  // `value` in [low, high], or (low, high].
  template <typename T>
  void CheckRange(std::string_view key, T value, double low, double high,
                  From from = From::kIncluded) {
    const auto number = static_cast<double>(value);
    if (!std::isfinite(number)) return;  // told once, by CheckFinite
    if (number < low || (from == From::kExcluded && number == low)) {
      Add(key, "expected {} {}, got {}", from == From::kExcluded ? "more than" : "at least", low,
          value);
    } else if (number > high) {
      Add(key, "expected at most {}, got {}", high, value);
    }
  }

  // `value` in [0, 1).
  void CheckShare(std::string_view key, double value) {
    if (value < 0 || value >= 1) Add(key, "expected at least 0 and below 1, got {}", value);
  }

  void ThrowIfAny() const {
    if (lines_.empty()) return;
    throw ConfigError(lines_.size() == 1 ? lines_.front()
                                         : fmt::format("{} errors in the config:\n  {}",
                                                       lines_.size(), fmt::join(lines_, "\n  ")));
  }

 private:
  std::vector<std::string> lines_;
};

void CheckFinite(const Config& config, Problems& problems) {
  for (const ConfigField& field : ListFields(config)) {
    if (field.real && !std::isfinite(*field.real)) {
      problems.Add(field.path, "expected a finite number, got {}", field.value);
    }
    if (field.value.find('\0') != std::string::npos) {
      problems.Add(field.path, "expected text, got one with a zero byte in it");
    }
  }
}

void CheckBatch(const Config& config, Problems& problems) {
  if (!config.has_batch()) {
    problems.Add("batch", "expected the samples of one optimizer step over all ranks, got nothing");
  } else {
    problems.CheckRange("batch", config.batch(), 1, kMostSamplesOfBatch);
  }
  if (!config.has_shards()) {
    problems.Add("shards",
                 "expected into how many equal parts the batch is cut (at least the number of "
                 "ranks, best a power of two such as 8), got nothing");
  } else {
    problems.CheckRange("shards", config.shards(), 1, kMostShards);
  }
  if (config.batch() >= 1 && config.shards() >= 1 && config.batch() % config.shards() != 0) {
    problems.Add("shards", "expected a divisor of batch, which is {}, got {}", config.batch(),
                 config.shards());
  }
}

void CheckLength(const Config& config, Problems& problems) {
  switch (config.length_case()) {
    case Config::kEpochs:
      return problems.CheckRange("epochs", config.epochs(), 0, kMostEpochs, From::kExcluded);
    case Config::kSteps:
      return problems.CheckRange("steps", config.steps(), 1, kMostSteps);
    case Config::kSamples:
      return problems.CheckRange("samples", config.samples(), 1, kMostSamples);
    case Config::LENGTH_NOT_SET:
      return problems.Add("epochs",
                          "expected the length of the run as one of epochs, steps and samples, "
                          "got none of them");
  }
}

void CheckMachine(const Config& config, Problems& problems) {
  problems.CheckRange("threads_per_rank", config.threads_per_rank(), 0, kMostThreads);
  problems.CheckRange("bucket_kib", config.bucket_kib(), 1, kMostBucketKib);
  problems.CheckRange("log_every", config.log_every(), 1, kNoBound);
  problems.CheckRange("verify_every", config.verify_every(), 0, kNoBound);
  problems.CheckRange("hang_timeout", config.hang_timeout(), 0, kLongestHang);
  if (config.precision() == Precision::F16) {
    problems.Add("precision", "F16 is not supported by this version; use BF16 or F32");
  }
}

void CheckModel(const Config& config, Problems& problems) {
  const ModelConfig& model = config.model();
  if (model.has_preset() == model.has_graph()) {
    problems.Add("model", "expected one of preset (for example \"lenet\") and graph, got {}",
                 model.has_preset() ? "both" : "none");
  }
  problems.CheckRange("model.classes", model.classes(), 2, kMostClasses);
  problems.CheckShare("model.dropout", model.dropout());
}

void CheckLoss(const Config& config, Problems& problems) {
  const LossConfig& loss = config.loss();
  problems.CheckShare("loss.label_smoothing", loss.label_smoothing());
  for (int i = 0; i < loss.class_weight_size(); ++i) {
    problems.CheckRange(fmt::format("loss.class_weight[{}]", i), loss.class_weight(i), 0, kNoBound,
                        From::kExcluded);
  }
  if (loss.class_weight_size() != 0 && loss.class_weight_size() != config.model().classes()) {
    problems.Add("loss.class_weight", "expected one weight for each of {} classes, got {}",
                 config.model().classes(), loss.class_weight_size());
  }
}

void CheckDataIsNamed(const DataConfig& data, Problems& problems) {
  const bool names_files = !data.train_path().empty() && !data.validation_path().empty();
  if (data.path().empty() && !names_files) {
    problems.Add("data.path", "expected the folder of the data set, got nothing");
  }
}

void CheckData(const DataConfig& data, Problems& problems) {
  if (data.has_image()) {
    problems.CheckRange("data.image.height", data.image().height(), 1, kMostPixelsOfSide);
    problems.CheckRange("data.image.width", data.image().width(), 1, kMostPixelsOfSide);
    problems.CheckRange("data.image.channels", data.image().channels(), 1, kMostChannels);
  }
  for (int i = 0; i < data.std_size(); ++i) {
    problems.CheckRange(fmt::format("data.std[{}]", i), data.std(i), 0, kNoBound, From::kExcluded);
  }
  problems.CheckRange("data.threads", data.threads(), 1, kMostThreads);
  problems.CheckRange("data.bad_record_limit", data.bad_record_limit(), 0, kNoBound);
}

void CheckAugmentation(const AugmentationConfig& augmentation, Problems& problems) {
  problems.CheckRange("augmentation.crop_padding", augmentation.crop_padding(), 0,
                      kMostPixelsOfSide);
  problems.CheckRange("augmentation.horizontal_flip", augmentation.horizontal_flip(), 0, 1);
}

void CheckMomentum(const OptimizerConfig& optimizer, Problems& problems) {
  problems.CheckShare("optimizer.momentum", optimizer.momentum());
  if (optimizer.type() != OptimizerConfig::SGD) {
    const std::string type = OptimizerConfig::Type_Name(optimizer.type());
    if (optimizer.momentum() != 0) {
      problems.Add("optimizer.momentum", "expected 0 with optimizer.type {}, got {}; see beta1",
                   type, optimizer.momentum());
    }
    if (optimizer.nesterov()) {
      problems.Add("optimizer.nesterov", "expected false with optimizer.type {}, got true", type);
    }
  } else if (optimizer.nesterov() && optimizer.momentum() == 0) {
    problems.Add("optimizer.nesterov", "expected optimizer.momentum above 0 with it, got 0");
  }
}

void CheckOptimizer(const OptimizerConfig& optimizer, Problems& problems) {
  if (!optimizer.has_learning_rate()) {
    problems.Add("optimizer.learning_rate", "expected a number such as 0.05, got nothing");
  }
  problems.CheckRange("optimizer.learning_rate", optimizer.learning_rate(), 0, kLargestFloat);
  problems.CheckRange("optimizer.weight_decay", optimizer.weight_decay(), 0, kLargestFloat);
  problems.CheckShare("optimizer.beta1", optimizer.beta1());
  problems.CheckShare("optimizer.beta2", optimizer.beta2());
  problems.CheckRange("optimizer.epsilon", optimizer.epsilon(), kSmallestFloat, kLargestFloat);
  problems.CheckRange("optimizer.clip_norm", optimizer.clip_norm(), 0, kNoBound);
  CheckMomentum(optimizer, problems);
}

void CheckMilestones(const ScheduleConfig& schedule, Problems& problems) {
  if (schedule.type() == ScheduleConfig::STEP && schedule.milestone_epochs().empty()) {
    problems.Add("schedule.milestone_epochs",
                 "expected at least one epoch with schedule.type STEP, got none");
  }
  double before = 0;
  for (int i = 0; i < schedule.milestone_epochs_size(); ++i) {
    const double epoch = schedule.milestone_epochs(i);
    if (epoch <= before) {
      problems.Add(fmt::format("schedule.milestone_epochs[{}]", i), "expected more than {}, got {}",
                   before, epoch);
    }
    before = epoch;
  }
}

void CheckSchedule(const ScheduleConfig& schedule, Problems& problems) {
  problems.CheckRange("schedule.warmup", schedule.warmup(), 0, kMostEpochs);
  problems.CheckRange("schedule.warmup_start", schedule.warmup_start(), 0, 1);
  problems.CheckRange("schedule.gamma", schedule.gamma(), 0, kNoBound, From::kExcluded);
  problems.CheckRange("schedule.power", schedule.power(), 0, kNoBound, From::kExcluded);
  problems.CheckRange("schedule.final_rate", schedule.final_rate(), 0, kLargestFloat);
  CheckMilestones(schedule, problems);
}

void CheckEvaluation(const EvaluationConfig& evaluation, Problems& problems) {
  problems.CheckRange("evaluation.every_epochs", evaluation.every_epochs(), 0, kMostEpochs);
  problems.CheckRange("evaluation.batch", evaluation.batch(), 0, kMostSamplesOfBatch);
}

void CheckCheckpoint(const CheckpointConfig& checkpoint, Problems& problems) {
  problems.CheckRange("checkpoint.every", checkpoint.every(), 0, kNoBound);
  problems.CheckRange("checkpoint.keep", checkpoint.keep(), 0, kNoBound);
  if (checkpoint.best_metric() != "accuracy" && checkpoint.best_metric() != "loss") {
    problems.Add("checkpoint.best_metric", "expected accuracy or loss, got '{}'",
                 checkpoint.best_metric());
  }
  if (!checkpoint.local_dir().empty()) {
    problems.Add("checkpoint.local_dir", "is not supported by this version; leave it out");
  }
}

}  // namespace

void ValidateConfig(const Config& config, DataUse data_use) {
  Problems problems;
  CheckFinite(config, problems);
  CheckBatch(config, problems);
  CheckLength(config, problems);
  CheckMachine(config, problems);
  CheckModel(config, problems);
  CheckLoss(config, problems);
  if (data_use == DataUse::kReads) CheckDataIsNamed(config.data(), problems);
  CheckData(config.data(), problems);
  CheckAugmentation(config.augmentation(), problems);
  CheckOptimizer(config.optimizer(), problems);
  CheckSchedule(config.schedule(), problems);
  CheckEvaluation(config.evaluation(), problems);
  CheckCheckpoint(config.checkpoint(), problems);
  problems.ThrowIfAny();
}

std::vector<std::string> Warnings(const Config& config) {
  std::vector<std::string> warnings;
  const int samples = config.batch() / config.shards();
  if (samples < kFewestSamplesOfShard) {
    warnings.push_back(fmt::format(
        "batch: {} over shards: {} is {} samples a shard; fewer than {} compute slowly; use a "
        "larger batch or fewer shards",
        config.batch(), config.shards(), samples, kFewestSamplesOfShard));
  }
  if (config.length_case() == Config::kEpochs && config.schedule().warmup() >= config.epochs()) {
    warnings.push_back(fmt::format(
        "schedule.warmup: {} epochs are not shorter than the run of {}; the rate never gets to "
        "optimizer.learning_rate",
        config.schedule().warmup(), config.epochs()));
  }
  return warnings;
}

}  // namespace lockstep
