#pragma once

// The update of Adam and AdamW on a run of weights.

#include <span>

namespace lockstep {

/// How Adam follows a gradient in one step.
struct AdamRates {
  float gradient_scale = 1;
  float gradient_decay = 0;  ///< Adam: weight_decay
  float kept_weight = 1;     ///< AdamW: 1 - learning_rate weight_decay
  float beta1 = 0;
  float beta2 = 0;
  float gradient_share = 0;          ///< 1 - beta1
  float square_share = 0;            ///< 1 - beta2
  float step_size = 0;               ///< learning_rate / (1 - beta1^t), t the step counted from 1
  float square_root_correction = 1;  ///< sqrt(1 - beta2^t)
  float epsilon = 0;
};

/// What one call updates; all of one length.
struct AdamWeights {
  std::span<const float> gradient;
  std::span<float> mean;         ///< exp_avg
  std::span<float> mean_square;  ///< exp_avg_sq
  std::span<float> master;
};

/// PyTorch's torch.optim.Adam and AdamW (without amsgrad; Kingma and Ba 2015, Loshchilov and Hutter
/// 2019), elementwise on one thread, every product, quotient and sum rounded apart:
///   w = kept_weight w                                            AdamW
///   d = gradient_scale g + gradient_decay w                      the last term Adam's
///   m = beta1 m + (1 - beta1) d
///   v = beta2 v + (1 - beta2) d d
///   w = w - step_size m / (sqrt(v) / square_root_correction + epsilon)
void Adam(const AdamRates& rates, const AdamWeights& weights);

}  // namespace lockstep
