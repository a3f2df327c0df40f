#include "launcher/preset_config.h"

#include <fmt/format.h>

#include "core/data/open_dataset.h"
#include "core/errors.h"

namespace lockstep {
namespace {

constexpr ImageShape kLeNetImages{28, 28, 1};

}  // namespace

ImageShape PresetImages(const std::string& preset) {
  ModelConfig model;
  model.set_preset(preset);
  ExpandPreset(model, kLeNetImages);  // throws where there is no such preset
  return kLeNetImages;
}

Config PresetConfig(const std::string& preset) {
  const ImageShape images = PresetImages(preset);
  Config config;
  config.set_batch(128);
  config.set_shards(1);
  config.set_steps(1);
  config.mutable_model()->set_preset(preset);
  config.mutable_optimizer()->set_learning_rate(0.05);
  config.mutable_optimizer()->set_momentum(0.9);
  config.mutable_data()->set_path("data/fashion_mnist");
  auto& size = *config.mutable_data()->mutable_image();
  size.set_height(images.height);
  size.set_width(images.width);
  size.set_channels(images.channels);
  return config;
}

ImageShape ImagesOf(const Config& config, Console& console) {
  const auto& size = config.data().image();
  if (config.data().has_image()) return {size.height(), size.width(), size.channels()};
  try {
    return OpenDataset(config.data(), Split::TRAIN, config.model().classes())->image_shape();
  } catch (const InputMissing&) {
    if (!config.model().has_preset()) throw;
    const ImageShape images = PresetImages(config.model().preset());
    console.Warning(fmt::format(
        "data.path: '{}' is not there; taken for the {} x {} x {} images of the preset '{}'",
        config.data().path(), images.height, images.width, images.channels,
        config.model().preset()));
    return images;
  }
}

}  // namespace lockstep
