#include "launcher/trainer.h"

namespace lockstep {

Trainer::Trainer(const TrainerParts& parts, std::int64_t first_step)
    : parts_(parts), steps_(first_step) {}

StepResult Trainer::RunStep(const StepRequests& requests) {
  const Stage& stage = parts_.input.Next();
  FillStepInputs(stage, requests);
  parts_.reducer.BeginStep(stage.shards.front().step_input);
  parts_.backend.Replay(stage.index, [&] {
    parts_.model.PrepareWeights();
    for (const Shard& shard : stage.shards) {
      parts_.model.Forward(shard, Phase::kTrain);
      parts_.model.Backward(shard, parts_.reducer);
      if (parts_.progress) parts_.progress();
    }
  });
  parts_.reducer.Finish();

  const auto control = parts_.reducer.control();
  StepResult result;
  result.loss = control[kControlLossSum] / static_cast<double>(parts_.batch);
  result.learning_rate = parts_.schedule.RateAt(static_cast<std::uint64_t>(samples()));
  const GradientSummary gradients = parts_.reducer.gradients();
  result.finite = control[kControlNotFinite] == 0 && gradients.finite;
  result.first_not_finite = gradients.first_not_finite;
  result.stop_requested = control[kControlStop] > 0;
  result.checkpoint_requested = control[kControlCheckpoint] > 0;
  if (!parts_.reducer.step_is_void()) ++steps_;
  return result;
}

void Trainer::FillStepInputs(const Stage& stage, const StepRequests& requests) const {
  const float rate = parts_.schedule.RateAt(static_cast<std::uint64_t>(samples()));
  for (const Shard& shard : stage.shards) {
    auto& input = *static_cast<StepInput*>(shard.step_input.data());
    input.step = static_cast<std::uint64_t>(steps_);
    input.learning_rate = rate;
    const bool first = &shard == &stage.shards.front();
    input.stop_requested = first && requests.stop ? 1.0F : 0.0F;
    input.checkpoint_requested = first && requests.checkpoint ? 1.0F : 0.0F;
  }
}

}  // namespace lockstep
