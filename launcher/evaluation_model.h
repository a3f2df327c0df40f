#pragma once

// The forward pass of a config's network by itself: for evaluation within training, where it shares
// the working weights, and for eval and predict, where it has its own.

#include <cstdint>
#include <memory>
#include <span>

#include "configs/config.pb.h"
#include "core/device/backend.h"
#include "core/model/model.h"

namespace lockstep {

struct EvaluationModelOptions {
  const Config& config;
  ImageShape images;
  std::int64_t batch = 1;  ///< samples of one forward pass
  int ranks = 1;           ///< of the layout of the working weights
};

/// The loss is plain cross-entropy: label smoothing and class weights belong to training. Not
/// thread-safe.
class EvaluationModel {
 public:
  /// Shares `working`, [gradient_elements] in the layout of a training plan for options.ranks.
  EvaluationModel(const EvaluationModelOptions& options, Backend& backend, Stream& stream,
                  Tensor working);
  /// With weights of its own, zero until LoadWeights.
  EvaluationModel(const EvaluationModelOptions& options, Backend& backend, Stream& stream);

  /// Takes weights and statistics in the plan's layout, [gradient_elements].
  void LoadWeights(std::span<const float> weights);

  Model& model() { return *model_; }
  const Plan& plan() const { return model_->plan(); }

 private:
  Stream& stream_;
  Buffer own_weights_;
  Tensor working_;
  std::unique_ptr<Model> model_;
};

}  // namespace lockstep
