#include "launcher/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

/// "2:05" or "1:02:05".
std::string Clock(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressLine::ProgressLine(Console& console, const RunLength& length)
    : console_(console), length_(length) {}

void ProgressLine::Show(const Progress& progress) {
  console_.Progress(fmt::format(
      "epoch {:.2f}/{:.4g}  samples {}  {:.0f} img/s  loss {:.4f}  rate {:.4g}  data wait {:.2f} ms"
      "  left {}",
      progress.epoch, length_.epochs, progress.samples, progress.images_per_second, progress.loss,
      progress.learning_rate, progress.data_wait_ms, TimeLeft(progress)));
}

void ProgressLine::Finish() { console_.EndProgress(); }

std::string ProgressLine::TimeLeft(const Progress& progress) const {
  if (progress.images_per_second <= 0) return "?";
  const std::int64_t samples = std::max<std::int64_t>(length_.samples - progress.samples, 0);
  return Clock(static_cast<double>(samples) / progress.images_per_second);
}

}  // namespace lockstep
