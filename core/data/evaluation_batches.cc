#include "core/data/evaluation_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/device/step_input.h"
#include "core/errors.h"

namespace lockstep {

EvaluationBatches::EvaluationBatches(const Dataset& dataset, std::int64_t batch)
    : dataset_(dataset), batch_(batch) {
  if (batch < 1) {
    throw ConfigError(fmt::format("evaluation.batch: expected at least 1, got {}", batch));
  }
}

std::int64_t EvaluationBatches::count() const { return (dataset_.size() - 1) / batch_ + 1; }

std::int64_t EvaluationBatches::RecordsIn(std::int64_t b) const {
  return std::min(batch_, dataset_.size() - b * batch_);
}

void EvaluationBatches::Fill(std::int64_t b, const Shard& into) const {
  const std::size_t bytes = BytesOf(dataset_.image_shape());
  const std::int64_t first = b * batch_;
  const std::int64_t records = RecordsIn(b);
  for (std::int64_t i = 0; i < batch_; ++i) {
    const bool counts = i < records;
    const auto at = static_cast<std::size_t>(i);
    into.labels.As<std::int32_t>()[at] = dataset_.Read(
        counts ? first + i : first, into.images.As<std::uint8_t>().subspan(at * bytes, bytes));
    into.sample_weights.As<float>()[at] = counts ? 1.0F : 0.0F;
  }
  if (!into.step_input.present()) return;
  StepInput input;
  input.first_sample = static_cast<std::uint64_t>(first);
  std::memcpy(into.step_input.data(), &input, sizeof(input));
}

}  // namespace lockstep
