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
  /// Shares `working`, made for a training plan of options.ranks; it outlives this.
  EvaluationModel(const EvaluationModelOptions& options, Backend& backend, Stream& stream,
                  const WorkingWeights& working);
  /// With weights of its own, zero until LoadWeights.
  EvaluationModel(const EvaluationModelOptions& options, Backend& backend, Stream& stream);

  /// Takes weights and statistics in the plan's layout, [gradient_elements]. Only with weights of
  /// its own.
  void LoadWeights(std::span<const float> weights);

  Model& model() { return *model_; }
  const Plan& plan() const { return model_->plan(); }

 private:
  Stream& stream_;
  std::unique_ptr<WorkingWeights> own_weights_;
  std::unique_ptr<Model> model_;
};

}  // namespace lockstep
