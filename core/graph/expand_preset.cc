#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <string>
#include <vector>

#include "core/errors.h"
#include "core/graph/graph.h"
#include "core/graph/nearest_name.h"
#include "core/model_zoo/lenet.h"
#include "core/model_zoo/resnet.h"

namespace lockstep {
namespace {

struct Preset {
  std::string name;
  std::function<GraphConfig(const ModelConfig& model)> nodes;
};

Preset ResNetPreset(int depth, ResNetStem stem) {
  const std::string ending = stem == ResNetStem::kCifar ? "_cifar" : "";
  return {fmt::format("resnet{}{}", depth, ending),
          [=](const ModelConfig& model) { return ResNet(depth, stem, model); }};
}

std::vector<Preset> Presets() {
  std::vector<Preset> presets = {{"lenet", LeNet}};
  for (const ResNetStem stem : {ResNetStem::kImageNet, ResNetStem::kCifar}) {
    for (const int depth : kResNetDepths) presets.push_back(ResNetPreset(depth, stem));
  }
  return presets;
}

std::vector<std::string> PresetNames() {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) names.push_back(preset.name);
  return names;
}

}  // namespace

GraphConfig ExpandPreset(const ModelConfig& model, const ImageShape& /*images*/) {
  if (!(model.dropout() >= 0 && model.dropout() < 1)) {
    throw ConfigError(
        fmt::format("model.dropout: expected at least 0 and below 1, got {}", model.dropout()));
  }
  for (const Preset& preset : Presets()) {
    if (preset.name == model.preset()) return preset.nodes(model);
  }
  const std::vector<std::string> names = PresetNames();
  throw ConfigError(fmt::format("model.preset: expected one of {}, got '{}'{}",
                                fmt::join(names, ", "), model.preset(),
                                DidYouMean(model.preset(), names)));
}

}  // namespace lockstep
