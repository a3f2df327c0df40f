#pragma once

// The learning rate as a function of samples consumed: the same on any number of ranks and after
// any resume.

#include <cstdint>
#include <vector>

#include "configs/optimizer.pb.h"

namespace lockstep {

/// What epochs and the end of the run are, in samples. Both at least 1.
struct ScheduleSpan {
  std::int64_t samples_per_epoch = 1;
  std::int64_t total_samples = 1;
};

/// With n samples consumed, w those of warm-up, and progress p = (n - w) / (total - w), clamped to
/// [0, 1]:
///   warm-up, n < w  base (start + (1 - start) n / w)
///   CONSTANT        base
///   STEP            base gamma^(milestones passed)
///   COSINE          final + (base - final) (1 + cos(pi p)) / 2, Loshchilov and Hutter 2017
///   LINEAR          final + (base - final) (1 - p)
///   POLYNOMIAL      final + (base - final) (1 - p)^power
/// A value; thread-safe.
class Schedule {
 public:
  /// `base` is the rate after warm-up. Throws ConfigError naming the field for warm-up, milestones
  /// or spans that are negative or not finite.
  Schedule(const ScheduleConfig& config, double base, const ScheduleSpan& span);

  /// The rate of the step that begins when `samples_consumed` samples have been consumed.
  float RateAt(std::uint64_t samples_consumed) const;

 private:
  double DecayedRate(double samples) const;
  double StepFactor(double samples) const;

  ScheduleConfig::Type type_;
  double base_;
  double final_rate_;
  double gamma_;
  double power_;
  double warmup_start_;
  double warmup_samples_;
  double total_samples_;
  std::vector<double> milestone_samples_;
};

}  // namespace lockstep
