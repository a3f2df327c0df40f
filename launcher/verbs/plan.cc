#include "launcher/verbs/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "comm/exchange_volume.h"
#include "core/config/apply_override.h"
#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "core/errors.h"
#include "core/plan/reduction_tree.h"
#include "launcher/json_text.h"
#include "launcher/planned_model.h"
#include "launcher/preset_config.h"

namespace lockstep {
namespace {

using nlohmann::ordered_json;

// Of the text; JSON has all.
constexpr int kRanksShown = 16;

// A preset by itself is cut into as many shards as there are ranks.
Config ConfigOf(const PlanVerbOptions& options) {
  if (options.model_preset.empty()) return LoadConfig(options.config, options.overrides);
  Config config = PresetConfig(options.model_preset);
  const int samples = std::max(1, config.batch() / options.ranks);
  config.set_shards(options.ranks);
  config.set_batch(samples * options.ranks);
  for (const std::string& text : options.overrides) ApplyOverride(text, config);
  return config;
}

// Of one forward pass of one image.
std::int64_t FlopsPerImage(const PlannedModel& model) {
  std::int64_t flops = 0;
  for (const Node& node : model.graph.nodes) flops += node.schema.forward_flops;
  return flops / (model.config.batch() / model.config.shards());
}

// The costs of exact reduction on the rank that has most of each.
ordered_json DescribePartials(const PlannedModel& model, const ReductionTree& tree) {
  std::size_t partials = 0;
  std::int64_t sent = 0;
  std::int64_t depth = 0;
  for (int rank = 0; rank < tree.ranks(); ++rank) {
    partials = std::max(partials, tree.Partials(rank).size());
    sent = std::max(sent, BytesSentPerStep(model.plan, tree, rank, GradientCheckOf(model.config)));
    depth = std::max<std::int64_t>(depth, tree.FoldDepth(rank));
  }
  const auto gradient_bytes = model.plan.gradient_elements * std::int64_t{sizeof(float)};
  return {{"most_of_a_rank", partials},
          {"bytes_sent_per_step", sent},
          {"memory_bytes", depth * gradient_bytes}};
}

ordered_json DescribeOps(const PlannedModel& model) {
  ordered_json ops = ordered_json::array();
  for (std::size_t i = 0; i < model.graph.nodes.size(); ++i) {
    if (model.implementations[i].empty()) continue;
    ops.push_back(
        {{"node", model.graph.nodes[i].def.name()}, {"implementation", model.implementations[i]}});
  }
  return ops;
}

ordered_json DescribeDevices(const PlannedModel& model, const ReductionTree& tree) {
  ordered_json devices = ordered_json::array();
  for (int rank = 0; rank < tree.ranks(); ++rank) {
    const ShardRange shards = tree.OwnedBy(rank);
    devices.push_back({{"rank", rank},
                       {"backend", model.backend},
                       {"shards", {shards.first, shards.last}},
                       {"threads", model.config.threads_per_rank()}});
  }
  return devices;
}

ordered_json Describe(const PlannedModel& model) {
  const Plan& plan = model.plan;
  const ReductionTree tree(model.config.shards(), plan.ranks);
  ordered_json json;
  json["parameters"] = TrainedParameters(plan);
  json["flops_per_image"] = FlopsPerImage(model);
  json["batch"] = model.config.batch();
  json["shards"] = model.config.shards();
  json["ranks"] = plan.ranks;
  json["arena_bytes"] = plan.arena_bytes;
  json["live_peak_bytes"] = plan.live_peak_bytes;
  json["scratch_bytes"] = plan.scratch_bytes;
  json["prepared_bytes"] = plan.prepared_bytes;
  json["gradient_bytes"] = plan.gradient_elements * std::int64_t{sizeof(float)};
  json["buckets"] = plan.buckets.size();
  json["partials"] = DescribePartials(model, tree);
  json["ops"] = DescribeOps(model);
  json["devices"] = DescribeDevices(model, tree);
  return json;
}

std::string Text(const PlannedModel& model) {
  const ordered_json json = Describe(model);
  std::string text;
  for (const auto& [field, value] : json.items()) {
    if (value.is_number()) text += fmt::format("{:16} {}\n", field, value.dump());
  }
  for (const auto& [field, value] : json["partials"].items()) {
    text += fmt::format("partials: {} {}\n", field, value.dump());
  }
  for (const ordered_json& device : json["devices"]) {
    if (device["rank"] == kRanksShown) {
      text += fmt::format("... {} ranks in all\n", model.plan.ranks);
      break;
    }
    text += fmt::format("rank {}: {}, {} threads, shards [{}, {})\n", device["rank"].get<int>(),
                        model.backend, device["threads"].get<int>(), device["shards"][0].get<int>(),
                        device["shards"][1].get<int>());
  }
  for (const ordered_json& op : json["ops"]) {
    text += fmt::format("{:28} {}\n", op["node"].get<std::string>(),
                        op["implementation"].get<std::string>());
  }
  return text;
}

}  // namespace

ExitCode RunPlan(const PlanVerbOptions& options, Console& console) {
  const Config config = ConfigOf(options);
  ValidateConfig(config, DataUse::kNeedsNone);
  for (const std::string& warning : Warnings(config)) console.Warning(warning);
  const PlannedModel model = PlanModel(config, ImagesOf(config, console), options.ranks);
  console.Debug(ToText(model.plan, model.graph));
  console.Result(options.json ? JsonText(Describe(model)) : Text(model));
  return ExitCode::kDone;
}

}  // namespace lockstep
