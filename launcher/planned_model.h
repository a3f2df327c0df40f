#pragma once

// A config's model as it would train on this machine: built and planned, without weights, data or
// peers. What `plan` shows and `validate` checks.

#include <memory>
#include <string>
#include <vector>

#include "configs/config.pb.h"
#include "core/graph/graph.h"
#include "core/plan/plan.h"

namespace lockstep {

struct PlannedModel {
  Config config;  ///< resolved for this machine
  Graph graph;    ///< for the samples of one shard
  Plan plan;
  std::vector<std::string>
      implementations;  ///< a node each: what the back end chose; empty for views
  std::string backend;
};

/// Throws what the first step of a job would meet before its data: ConfigError, Unsupported,
/// Unavailable, EnvironmentError. Also where `ranks` are more than the shards.
PlannedModel PlanModel(const Config& config, const ImageShape& images, int ranks);

/// Elements that the optimizer trains.
std::int64_t TrainedParameters(const Plan& plan);

}  // namespace lockstep
