#include "core/data/dataset_statistics.h"

#include <cmath>

namespace lockstep {

DatasetStatistics StatisticsOf(const Dataset& dataset) {
  const ImageShape shape = dataset.image_shape();
  const auto channels = static_cast<std::size_t>(shape.channels);
  DatasetStatistics statistics;
  statistics.histogram.resize(static_cast<std::size_t>(dataset.classes()));
  std::vector<std::uint64_t> sums(channels);
  std::vector<std::uint64_t> squares(channels);
  std::vector<std::uint8_t> pixels(BytesOf(shape));
  for (std::int64_t record = 0; record < dataset.size(); ++record) {
    const std::int32_t label = dataset.Read(record, pixels);
    ++statistics.histogram[static_cast<std::size_t>(label)];
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::uint64_t pixel = pixels[i];
      sums[i % channels] += pixel;
      squares[i % channels] += pixel * pixel;
    }
  }
  const double count =
      static_cast<double>(dataset.size()) * static_cast<double>(shape.height * shape.width);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double mean = static_cast<double>(sums[channel]) / count;
    const double mean_square = static_cast<double>(squares[channel]) / count;
    statistics.mean.push_back(mean / 255);
    statistics.std.push_back(std::sqrt(mean_square - mean * mean) / 255);
  }
  return statistics;
}

}  // namespace lockstep
