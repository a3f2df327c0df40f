#pragma once

// The presets `resnet18` to `resnet152` and `resnet18_cifar` to `resnet152_cifar`: deep residual
// networks (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), with the
// layers, names and initial values of torchvision's models (github.com/pytorch/vision,
// torchvision/models/resnet.py), so that each side reads the other's files.

#include <array>
#include <cstdint>

#include "configs/model.pb.h"

namespace lockstep {

/// The depths there are: layers with weights along the longest path.
inline constexpr std::array kResNetDepths = {18, 34, 50, 101, 152};

/// What stands before the residual blocks.
enum class ResNetStem : std::uint8_t {
  kImageNet,  ///< torchvision's: a 7x7 convolution and maximum pooling, each of stride 2
  kCifar,     ///< for small images: a 3x3 convolution of stride 1, no pooling
};

/// Parameters are called conv1.weight, bn1.weight, layer1.0.conv1.weight, ...,
/// layer2.0.downsample.0.weight, ..., fc.weight. Depths from 50 up have bottleneck blocks with the
/// stride in their 3x3 convolution. The scales of the last normalization of each block start at 0
/// where `model.zero_init_residual`. Takes images of any size, [N, H, W, C] to logits
/// [N, model.classes]. Throws std::invalid_argument for a depth that is not in kResNetDepths.
GraphConfig ResNet(int depth, ResNetStem stem, const ModelConfig& model);

}  // namespace lockstep
