#include "launcher/planned_model.h"

#include <utility>

#include "comm/communicators.h"
#include "core/plan/reduction_tree.h"
#include "launcher/decide_first_start.h"
#include "launcher/make_backend.h"
#include "launcher/replica.h"

namespace lockstep {

PlannedModel PlanModel(const Config& config, const ImageShape& images, int ranks) {
  const ReductionTree tree(config.shards(), ranks);  // throws where there are too many ranks
  PlannedModel model;
  model.config = Resolve(config, DecideFirstStart(*MakeSelfCommunicator()));
  const std::unique_ptr<Backend> backend = MakeBackend(model.config, 0);
  model.backend = backend->name();
  model.graph = BuildGraph(model.config, images, config.batch() / tree.shards());
  const auto ops = MakeOps(model.graph, *backend, OpSettingsOf(config));
  for (const std::unique_ptr<Op>& op : ops) {
    model.implementations.push_back(op == nullptr ? "" : op->implementation());
  }
  model.plan =
      MakePlan(model.graph, NeedsOf(ops), PlanOptionsOf(model.config, ranks, Phase::kTrain));
  return model;
}

std::int64_t TrainedParameters(const Plan& plan) {
  std::int64_t parameters = 0;
  for (const ParameterPlace& place : plan.parameters) {
    const bool trained =
        place.kind == ParameterKind::kWeight || place.kind == ParameterKind::kSmallWeight;
    if (trained) parameters += place.elements;
  }
  return parameters;
}

}  // namespace lockstep
