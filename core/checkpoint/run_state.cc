#include "core/checkpoint/run_state.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/checkpoint/json_fields.h"
#include "core/checkpoint/strict_json.h"
#include "core/errors.h"

namespace lockstep {
namespace {

using nlohmann::ordered_json;

/// A diverged run that goes on has metrics that JSON has no number for.
ordered_json NumberOrText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

RunDigests DigestsFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  RunDigests digests{fields.Text("arithmetic"), fields.Text("data_index"),
                     fields.Text("engine_table")};
  fields.RefuseUnread();
  return digests;
}

LossScaleState LossScaleFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  LossScaleState state{fields.NumberOrText("scale"), fields.Count("good_steps")};
  fields.RefuseUnread();
  return state;
}

std::map<std::string, double> MetricsFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : object.items()) metrics[name] = fields.NumberOrText(name);
  return metrics;
}

BestMetric BestFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  BestMetric best{fields.Text("metric"), fields.NumberOrText("value"), fields.Count("step")};
  fields.RefuseUnread();
  return best;
}

PlateauState PlateauFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  PlateauState state{fields.NumberOrText("best"), fields.Count("bad_evaluations"),
                     fields.NumberOrText("factor")};
  fields.RefuseUnread();
  return state;
}

EarlyStoppingState EarlyStoppingFrom(const nlohmann::json& object, const std::string& where) {
  JsonFields fields(object, where);
  EarlyStoppingState state{fields.NumberOrText("best"), fields.Count("bad_evaluations")};
  fields.RefuseUnread();
  return state;
}

void CheckFormat(JsonFields& fields, const std::string& where) {
  const std::uint64_t format = fields.Unsigned("format");
  if (format != RunState::kFormat) {
    throw DataError(
        fmt::format("{}: expected format {}, got {}; read it with the version of "
                    "lockstep that wrote it",
                    where, RunState::kFormat, format));
  }
}

void AddOptionalParts(const RunState& state, ordered_json& json) {
  if (state.best) {
    json["best"] = {{"metric", state.best->metric},
                    {"value", NumberOrText(state.best->value)},
                    {"step", state.best->step}};
  }
  if (state.plateau) {
    json["plateau"] = {{"best", NumberOrText(state.plateau->best)},
                       {"bad_evaluations", state.plateau->bad_evaluations},
                       {"factor", NumberOrText(state.plateau->factor)}};
  }
  if (state.early_stopping) {
    json["early_stopping"] = {{"best", NumberOrText(state.early_stopping->best)},
                              {"bad_evaluations", state.early_stopping->bad_evaluations}};
  }
}

}  // namespace

std::string ToJson(const RunState& state) {
  ordered_json metrics = ordered_json::object();
  for (const auto& [name, value] : state.metrics) metrics[name] = NumberOrText(value);
  ordered_json json = {{"format", RunState::kFormat},
                       {"step", state.step},
                       {"samples", state.samples},
                       {"seed", state.seed},
                       {"digests",
                        {{"arithmetic", state.digests.arithmetic},
                         {"data_index", state.digests.data_index},
                         {"engine_table", state.digests.engine_table}}},
                       {"loss_scale",
                        {{"scale", NumberOrText(state.loss_scale.scale)},
                         {"good_steps", state.loss_scale.good_steps}}},
                       {"metrics", metrics}};
  AddOptionalParts(state, json);
  return json.dump(2) + "\n";
}

RunState ParseRunState(std::string_view text, const std::string& where) {
  const nlohmann::json json = ParseStrictJson(text, where);
  JsonFields fields(json, where);
  CheckFormat(fields, where);
  RunState state;
  state.step = fields.Count("step");
  state.samples = fields.Count("samples");
  state.seed = fields.Unsigned("seed");
  state.digests = DigestsFrom(fields.Object("digests"), where + ": digests");
  state.loss_scale = LossScaleFrom(fields.Object("loss_scale"), where + ": loss_scale");
  state.metrics = MetricsFrom(fields.Object("metrics"), where + ": metrics");
  if (fields.Has("best")) state.best = BestFrom(fields.Object("best"), where + ": best");
  if (fields.Has("plateau")) {
    state.plateau = PlateauFrom(fields.Object("plateau"), where + ": plateau");
  }
  if (fields.Has("early_stopping")) {
    state.early_stopping =
        EarlyStoppingFrom(fields.Object("early_stopping"), where + ": early_stopping");
  }
  fields.RefuseUnread();
  return state;
}

}  // namespace lockstep
