#pragma once

// The report of `bench step --per-op`: each task's time beside what the device can do at most, as a
// JSON document and as a table.

#include <nlohmann/json.hpp>
#include <string>

#include "core/device/ceilings.h"
#include "core/model/model.h"
#include "launcher/step_times.h"

namespace lockstep {

struct PerOpInput {
  const Model& model;
  const StepTimes& times;
  const Ceilings& ceilings;
  int shards = 1;                ///< of this rank: how often a step runs each task
  double step_milliseconds = 0;  ///< median of steps that nobody observed
};

/// {ceilings: {f32_gflops, bf16_gflops, gb_per_s},
///  ops: [{node, op, pass, implementation, ms, gflops, gb_per_s, share, bound}], in the order of
///  the step, gflops and gb_per_s a second by core/plan/task_cost.h, `share` of the ceiling that
///  binds and `bound` its name,
///  parts: {preparation_ms, between_ms, finish_ms, exchange_ms},
///  observed_step_ms, remainder_ms}
/// The remainder is what rows and parts, without the exchange that runs beside them, leave of a
/// step that nobody observed.
nlohmann::ordered_json PerOpReport(const PerOpInput& input);

/// The same for people: a row an op, the slowest first, and a summary by kind of op.
std::string PerOpText(const nlohmann::ordered_json& report);

}  // namespace lockstep
