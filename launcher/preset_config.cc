#include "launcher/preset_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors_file.h"
#include "core/data/open_dataset.h"
#include "core/errors.h"

namespace lockstep {
namespace {

/// How a built-in network is customarily used.
struct Customs {
  ImageShape images;
  std::int64_t shorter_side = 0;  ///< as PresetShorterSide
  int classes = 0;
  int batch = 0;
  std::vector<float> mean;  ///< of each channel, in units of pixel / 255; empty: 0
  std::vector<float> std;   ///< empty: 1
  std::string data;         ///< data.path
};

Customs CustomsOfLeNet() {
  Customs customs;
  customs.images = {28, 28, 1};
  customs.classes = 10;
  customs.batch = 128;
  customs.data = "data/fashion_mnist";
  return customs;
}

/// The preprocessing that torchvision documents with its weights.
Customs CustomsOfImageNet() {
  Customs customs;
  customs.images = {224, 224, 3};
  customs.shorter_side = 256;
  customs.classes = 1000;
  customs.batch = 32;
  customs.mean = {0.485F, 0.456F, 0.406F};
  customs.std = {0.229F, 0.224F, 0.225F};
  customs.data = "data/imagenet";
  return customs;
}

/// Mean and standard deviation are those of the training images.
Customs CustomsOfCifar10() {
  Customs customs;
  customs.images = {32, 32, 3};
  customs.classes = 10;
  customs.batch = 128;
  customs.mean = {0.4914F, 0.4822F, 0.4465F};
  customs.std = {0.2470F, 0.2435F, 0.2616F};
  customs.data = "data/cifar10";
  return customs;
}

Customs CustomsOf(const std::string& preset) {
  ModelConfig model;
  model.set_preset(preset);
  const Customs lenet = CustomsOfLeNet();
  ExpandPreset(model, lenet.images);  // throws where there is no such preset
  constexpr std::string_view kResNet = "resnet";
  if (preset.compare(0, kResNet.size(), kResNet) != 0) return lenet;
  return preset.find("_cifar") == std::string::npos ? CustomsOfImageNet() : CustomsOfCifar10();
}

/// The weight of the layer that computes the logits.
std::string LastWeightOf(const Config& config) {
  const GraphConfig nodes = ExpandPreset(config.model(), PresetImages(config.model().preset()));
  return nodes.node(nodes.node_size() - 1).name() + ".weight";
}

}  // namespace

ImageShape PresetImages(const std::string& preset) { return CustomsOf(preset).images; }

std::int64_t PresetShorterSide(const std::string& preset) { return CustomsOf(preset).shorter_side; }

Config PresetConfig(const std::string& preset) {
  const Customs customs = CustomsOf(preset);
  Config config;
  config.set_batch(customs.batch);
  config.set_shards(1);
  config.set_steps(1);
  config.mutable_model()->set_preset(preset);
  config.mutable_model()->set_classes(customs.classes);
  config.mutable_optimizer()->set_learning_rate(0.05);
  config.mutable_optimizer()->set_momentum(0.9);
  DataConfig& data = *config.mutable_data();
  data.set_path(customs.data);
  data.mutable_mean()->Add(customs.mean.begin(), customs.mean.end());
  data.mutable_std()->Add(customs.std.begin(), customs.std.end());
  data.mutable_image()->set_height(customs.images.height);
  data.mutable_image()->set_width(customs.images.width);
  data.mutable_image()->set_channels(customs.images.channels);
  return config;
}

Config PresetConfigOf(const std::string& preset, const std::filesystem::path& weights) {
  Config config = PresetConfig(preset);
  const SafetensorsFile file = SafetensorsFile::Read(weights);
  const SafetensorsTensor* last = file.Find(LastWeightOf(config));
  // Any other defect of the file is found, and named, when its weights are loaded.
  constexpr std::int64_t kMost = 1 << 24;
  if (last != nullptr && last->shape.rank() == 2) {
    config.mutable_model()->set_classes(static_cast<int>(std::min(last->shape[0], kMost)));
  }
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
