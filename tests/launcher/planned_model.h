#pragma once

// One shard of random images through a model on the real CPU back end, with its memory in the
// test's hands.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "configs/config.pb.h"
#include "core/data/stage_buffer.h"
#include "core/model/model.h"
#include "tests/launcher/remembering_backend.h"

namespace lockstep {

/// What a pass computes, bit by bit: NaN equals itself.
struct PassBits {
  std::vector<std::uint32_t> gradients;  ///< of all parameters in the plan's order, without padding
  std::vector<std::uint32_t> loss_sums;
  std::vector<std::uint32_t> logits;

  friend bool operator==(const PassBits&, const PassBits&) = default;
};

/// How a model is planned.
struct PlannedModelOptions {
  bool reuse_memory = true;
  std::function<void(Plan&)> change_plan;  ///< may be empty
};

/// Takes images of 28x28x1. The graph's ops must keep no states.
class PlannedModel {
 public:
  /// One shard of `config.batch` samples; initial weights by `config.seed`.
  explicit PlannedModel(const Config& config, const PlannedModelOptions& options = {});

  /// Prepares the weights, then one pass forward and backward.
  PassBits Run();
  /// Prepares the weights, then a forward pass alone: the mean loss.
  double Loss();
  /// Writes the byte 0xFF over arena, scratch memory, prepared weights and gradients: a float of
  /// such bytes is NaN.
  void Poison();

  const Graph& graph() const { return model_->graph(); }
  const Plan& plan() const { return model_->plan(); }
  std::span<float> WeightsOf(const ParameterPlace& place) {
    return working_->Of(place).As<float>();
  }
  std::span<float> GradientsOf(const ParameterPlace& place);

 private:
  ModelParts PartsOf(const Config& config, const PlannedModelOptions& options);
  void InitializeWeights(const Config& config);
  void FillShard(const Config& config);

  std::unique_ptr<Backend> cpu_;
  RememberingBackend backend_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<WorkingWeights> working_;
  Buffer gradients_;
  StageBuffer stage_;
  std::unique_ptr<Model> model_;
};

}  // namespace lockstep
