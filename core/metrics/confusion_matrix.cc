#include "core/metrics/confusion_matrix.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

namespace lockstep {
namespace {

double Quotient(double dividend, double divisor) { return divisor == 0 ? 0 : dividend / divisor; }

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes)
    : classes_(classes),
      counts_(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes)) {}

void ConfusionMatrix::Add(int label, int predicted) { ++counts_[IndexOf(label, predicted)]; }

void ConfusionMatrix::Add(std::span<const std::int64_t> counts) {
  if (counts.size() != counts_.size()) {
    throw std::invalid_argument(
        fmt::format("expected {} counts, got {}", counts_.size(), counts.size()));
  }
  for (std::size_t i = 0; i < counts.size(); ++i) counts_[i] += counts[i];
}

std::int64_t ConfusionMatrix::Count(int label, int predicted) const {
  return counts_[IndexOf(label, predicted)];
}

std::int64_t ConfusionMatrix::samples() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t ConfusionMatrix::correct() const {
  std::int64_t sum = 0;
  for (int label = 0; label < classes_; ++label) sum += Count(label, label);
  return sum;
}

double ConfusionMatrix::accuracy() const {
  return Quotient(static_cast<double>(correct()), static_cast<double>(samples()));
}

ClassMetrics ConfusionMatrix::OfClass(int label) const {
  std::int64_t labelled = 0;
  std::int64_t predicted = 0;
  for (int other = 0; other < classes_; ++other) {
    labelled += Count(label, other);
    predicted += Count(other, label);
  }
  const auto hits = static_cast<double>(Count(label, label));
  ClassMetrics metrics;
  metrics.precision = Quotient(hits, static_cast<double>(predicted));
  metrics.recall = Quotient(hits, static_cast<double>(labelled));
  metrics.f1 = Quotient(2 * metrics.precision * metrics.recall, metrics.precision + metrics.recall);
  metrics.samples = labelled;
  return metrics;
}

ClassMetrics ConfusionMatrix::MeanOverClasses() const {
  ClassMetrics mean;
  for (int label = 0; label < classes_; ++label) {
    const ClassMetrics metrics = OfClass(label);
    mean.precision += metrics.precision / classes_;
    mean.recall += metrics.recall / classes_;
    mean.f1 += metrics.f1 / classes_;
  }
  mean.samples = samples();
  return mean;
}

std::size_t ConfusionMatrix::IndexOf(int label, int predicted) const {
  if (label < 0 || label >= classes_ || predicted < 0 || predicted >= classes_) {
    throw std::out_of_range(fmt::format("label {} and prediction {} are not both in [0, {})", label,
                                        predicted, classes_));
  }
  return static_cast<std::size_t>(label) * static_cast<std::size_t>(classes_) +
         static_cast<std::size_t>(predicted);
}

}  // namespace lockstep
