#pragma once

// How often which class was taken for which: what `eval` reports. Integers, so that the figures are
// the same on any number of ranks.

#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Of one class. A quotient whose divisor is 0 is 0.
struct ClassMetrics {
  double precision = 0;      ///< correct / predicted as this class
  double recall = 0;         ///< correct / labelled as this class
  double f1 = 0;             ///< 2 precision recall / (precision + recall)
  std::int64_t samples = 0;  ///< labelled as this class
};

/// A value. Not thread-safe while it changes.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);

  /// Both in [0, classes); throws std::out_of_range otherwise.
  void Add(int label, int predicted);
  /// Adds counts() of another one of as many classes.
  void Add(std::span<const std::int64_t> counts);

  int classes() const { return classes_; }
  /// [classes, classes]: labels down, predictions across.
  std::span<const std::int64_t> counts() const { return counts_; }
  std::int64_t Count(int label, int predicted) const;
  std::int64_t samples() const;
  std::int64_t correct() const;
  /// correct / samples; 0 without samples.
  double accuracy() const;

  ClassMetrics OfClass(int label) const;
  /// The unweighted mean over classes ("macro"); samples are all.
  ClassMetrics MeanOverClasses() const;

 private:
  std::size_t IndexOf(int label, int predicted) const;

  int classes_;
  std::vector<std::int64_t> counts_;
};

}  // namespace lockstep
