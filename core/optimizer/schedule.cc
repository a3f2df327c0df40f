#include "core/optimizer/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/errors.h"

namespace lockstep {

namespace {

double CheckedSpan(const char* field, double value) {
  if (!std::isfinite(value) || value < 0) {
    throw ConfigError(
        fmt::format("{}: expected a finite number of at least 0, got {}", field, value));
  }
  return value;
}

}  // namespace

Schedule::Schedule(const ScheduleConfig& config, double base, const ScheduleSpan& span)
    : type_(config.type()),
      base_(base),
      final_rate_(config.final_rate()),
      gamma_(config.gamma()),
      power_(config.power()),
      warmup_start_(CheckedSpan("schedule.warmup_start", config.warmup_start())),
      warmup_samples_(CheckedSpan("schedule.warmup", config.warmup()) *
                      static_cast<double>(span.samples_per_epoch)),
      total_samples_(static_cast<double>(span.total_samples)) {
  for (const double epochs : config.milestone_epochs()) {
    milestone_samples_.push_back(CheckedSpan("schedule.milestone_epochs", epochs) *
                                 static_cast<double>(span.samples_per_epoch));
  }
}

float Schedule::RateAt(std::uint64_t samples_consumed) const {
  const auto samples = static_cast<double>(samples_consumed);
  if (samples < warmup_samples_) {
    const double share = samples / warmup_samples_;
    return static_cast<float>(base_ * (warmup_start_ + (1 - warmup_start_) * share));
  }
  return static_cast<float>(DecayedRate(samples));
}

double Schedule::DecayedRate(double samples) const {
  const double decay_samples = total_samples_ - warmup_samples_;
  const double progress =
      decay_samples > 0 ? std::clamp((samples - warmup_samples_) / decay_samples, 0.0, 1.0) : 1.0;
  const double range = base_ - final_rate_;
  switch (type_) {
    case ScheduleConfig::CONSTANT:
      return base_;
    case ScheduleConfig::STEP:
      return base_ * StepFactor(samples);
    case ScheduleConfig::COSINE:
      return final_rate_ + range * (1 + std::cos(std::numbers::pi * progress)) / 2;
    case ScheduleConfig::LINEAR:
      return final_rate_ + range * (1 - progress);
    case ScheduleConfig::POLYNOMIAL:
      return final_rate_ + range * std::pow(1 - progress, power_);
  }
  throw ConfigError(fmt::format("schedule.type: unknown value {}", static_cast<int>(type_)));
}

double Schedule::StepFactor(double samples) const {
  double factor = 1;
  for (const double milestone : milestone_samples_) {
    if (samples >= milestone) factor *= gamma_;
  }
  return factor;
}

}  // namespace lockstep
