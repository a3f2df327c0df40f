#pragma once

// The update of SGD on a run of weights.

#include <span>

namespace lockstep {

/// How SGD follows a gradient.
struct SgdRates {
  float learning_rate = 0;
  float gradient_scale = 1;
  float momentum = 0;
  float weight_decay = 0;
};

/// What one call updates; all of one length.
struct SgdWeights {
  std::span<const float> gradient;
  std::span<float> velocity;  ///< empty for SgdPlain
  std::span<float> master;
};

// PyTorch's SGD (torch.optim.SGD, dampening 0), elementwise on one thread, every product and sum
// rounded apart:
//   d = gradient_scale g + weight_decay w
//   v = momentum v + d             (a velocity of 0 gives the first step, v = d)
//   w = w - learning_rate d        plain
//   w = w - learning_rate v        momentum
//   w = w - learning_rate (d + momentum v)   Nesterov
void SgdPlain(const SgdRates& rates, const SgdWeights& weights);
void SgdMomentum(const SgdRates& rates, const SgdWeights& weights);
void SgdNesterov(const SgdRates& rates, const SgdWeights& weights);

}  // namespace lockstep
