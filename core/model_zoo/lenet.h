#pragma once

// The preset `lenet`: LeNet-5 (LeCun et al. 1998) in the form PyTorch users write it, for small
// grey images.

#include "configs/model.pb.h"

namespace lockstep {

/// 61,706 parameters for images of 28x28x1 and 10 classes. Two convolutions with ReLU and maximum
/// pooling, then dense layers of 120, 84 and `model.classes` units; dropout behind the first two
/// where `model.dropout` is above 0. Images need at least 12x12 pixels.
GraphConfig LeNet(const ModelConfig& model);

}  // namespace lockstep
