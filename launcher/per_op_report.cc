#include "launcher/per_op_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/plan/task_cost.h"

namespace lockstep {
namespace {

using nlohmann::ordered_json;

constexpr double kGiga = 1e9;

std::vector<OpNeeds> NeedsOf(const Model& model) {
  std::vector<OpNeeds> needs(model.graph().nodes.size());
  for (std::size_t node = 0; node < needs.size(); ++node) {
    const Op* op = model.op(static_cast<int>(node));
    if (op != nullptr) needs[node] = op->Needs();
  }
  return needs;
}

/// The field's name in the schema: "conv2d".
std::string KindOf(const NodeDef& node) {
  return NodeDef::descriptor()->FindFieldByNumber(node.op_case())->name();
}

/// Back ends name what the forward pass uses first, then, behind a comma, what the backward pass
/// does.
std::string ImplementationOf(const Op& op, Task::Kind kind) {
  const std::string all = op.implementation();
  const std::size_t comma = all.find(", ");
  if (comma == std::string::npos) return all;
  return kind == Task::Kind::kForward ? all.substr(0, comma) : all.substr(comma + 2);
}

ordered_json Describe(const Task& task, const Model& model) {
  if (task.kind == Task::Kind::kGradSum) {
    const Value& value = model.graph().values[static_cast<std::size_t>(task.value)];
    return {{"node", value.name},
            {"op", "gradient_sum"},
            {"pass", "backward"},
            {"implementation", "own"}};
  }
  const Node& node = model.graph().nodes[static_cast<std::size_t>(task.node)];
  return {{"node", node.def.name()},
          {"op", KindOf(node.def)},
          {"pass", task.kind == Task::Kind::kForward ? "forward" : "backward"},
          {"implementation", ImplementationOf(*model.op(task.node), task.kind)}};
}

/// What a row's time is held against. bfloat16 factors may be multiplied in float32: the higher of
/// the two ceilings is theirs.
class CostColumns {
 public:
  explicit CostColumns(const PerOpInput& input)
      : graph_(input.model.graph()),
        needs_(NeedsOf(input.model)),
        shards_(input.shards),
        bytes_per_second_(input.ceilings.bytes_per_second) {
    const Value& first = graph_.values[static_cast<std::size_t>(graph_.nodes.front().output)];
    flops_per_second_ = input.ceilings.f32_flops;
    if (first.type == DataType::kBF16) {
      flops_per_second_ = std::max(flops_per_second_, input.ceilings.bf16_flops);
    }
  }

  void AddTo(ordered_json& row, const Task& task, double milliseconds) const {
    const TaskCost cost = CostOf(task, graph_, needs_);
    const double seconds = milliseconds / 1000;
    const double flops = static_cast<double>(cost.flops) * shards_;
    const double bytes = static_cast<double>(cost.bytes) * shards_;
    const double by_flops = flops_per_second_ > 0 ? flops / flops_per_second_ : 0;
    const double by_bytes = bytes / bytes_per_second_;
    row["ms"] = milliseconds;
    row["gflops"] = flops / seconds / kGiga;
    row["gb_per_s"] = bytes / seconds / kGiga;
    row["share"] = std::max(by_flops, by_bytes) / seconds;
    row["bound"] = by_flops > by_bytes ? "arithmetic" : "memory";
  }

 private:
  const Graph& graph_;
  std::vector<OpNeeds> needs_;
  double shards_;
  double bytes_per_second_;
  double flops_per_second_ = 0;
};

ordered_json OpRows(const PerOpInput& input) {
  const CostColumns costs(input);
  const Plan& plan = input.model.plan();
  ordered_json rows = ordered_json::array();
  std::size_t position = 0;
  for (const std::vector<Task>* pass : {&plan.forward, &plan.backward}) {
    for (const Task& task : *pass) {
      ordered_json row = Describe(task, input.model);
      costs.AddTo(row, task, input.times.OfTask(position++));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string TextOf(const ordered_json& row, const std::string& name, double step) {
  const double milliseconds = row["ms"];
  return fmt::format("{:<28} {:<22} {:<9} {:9.3f} {:5.1f}% {:8.0f} {:7.1f} {:5.0f}% {:<10}", name,
                     row["op"].get<std::string>(), row["pass"].get<std::string>(), milliseconds,
                     100 * milliseconds / step, row["gflops"].get<double>(),
                     row["gb_per_s"].get<double>(), 100 * row["share"].get<double>(),
                     row["bound"].get<std::string>());
}

std::string Heading(const std::string& first) {
  return fmt::format("{:<28} {:<22} {:<9} {:>9} {:>6} {:>8} {:>7} {:>6} {:<10}", first, "op",
                     "pass", "ms", "step", "GFLOP/s", "GB/s", "of max", "bound by");
}

/// Rows of one kind and pass as one: rates and shares are weighed by time.
ordered_json Merge(const std::vector<ordered_json>& rows) {
  ordered_json merged = rows.front();
  double total = 0;
  std::map<std::string, double> sums;
  for (const ordered_json& row : rows) {
    const double milliseconds = row["ms"];
    total += milliseconds;
    for (const char* field : {"gflops", "gb_per_s", "share"}) {
      sums[field] += milliseconds * row[field].get<double>();
    }
  }
  merged["ms"] = total;
  for (const auto& [field, sum] : sums) merged[field] = total > 0 ? sum / total : 0;
  merged["bound"] = "";
  return merged;
}

std::string SummaryText(const ordered_json& ops, double step) {
  std::map<std::pair<std::string, std::string>, std::vector<ordered_json>> kinds;
  for (const ordered_json& row : ops) kinds[{row["op"], row["pass"]}].push_back(row);
  std::vector<std::pair<ordered_json, std::size_t>> merged;
  for (const auto& [kind, rows] : kinds) merged.emplace_back(Merge(rows), rows.size());
  std::sort(merged.begin(), merged.end(),
            [](const auto& a, const auto& b) { return a.first["ms"] > b.first["ms"]; });
  std::string text = Heading("all of one kind") + "\n";
  for (const auto& [row, count] : merged) {
    text += TextOf(row, fmt::format("{} tasks", count), step) + "\n";
  }
  return text;
}

std::string OpsText(const ordered_json& ops, double step) {
  std::vector<ordered_json> rows(ops.begin(), ops.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a["ms"] > b["ms"]; });
  std::string text = Heading("node") + " implementation\n";
  for (const ordered_json& row : rows) {
    text += TextOf(row, row["node"], step) + " " + row["implementation"].get<std::string>() + "\n";
  }
  return text;
}

}  // namespace

ordered_json PerOpReport(const PerOpInput& input) {
  const StepTimes& times = input.times;
  ordered_json report;
  report["ceilings"] = {{"f32_gflops", input.ceilings.f32_flops / kGiga},
                        {"bf16_gflops", input.ceilings.bf16_flops / kGiga},
                        {"gb_per_s", input.ceilings.bytes_per_second / kGiga}};
  report["ops"] = OpRows(input);
  report["parts"] = {{"preparation_ms", times.OfPart(StepPart::kPreparation)},
                     {"between_ms", times.OfPart(StepPart::kBetween)},
                     {"finish_ms", times.OfPart(StepPart::kFinish)},
                     {"exchange_ms", times.OfPart(StepPart::kExchange)}};
  double accounted = times.OfPart(StepPart::kPreparation) + times.OfPart(StepPart::kBetween) +
                     times.OfPart(StepPart::kFinish);
  for (const ordered_json& row : report["ops"]) accounted += row["ms"].get<double>();
  report["observed_step_ms"] = times.OfStep();
  report["remainder_ms"] = input.step_milliseconds - accounted;
  return report;
}

std::string PerOpText(const ordered_json& report) {
  const double step = report["observed_step_ms"];
  const ordered_json& ceilings = report["ceilings"];
  const ordered_json& parts = report["parts"];
  std::string text =
      fmt::format("ceilings: {:.0f} GFLOP/s float32, {:.0f} GFLOP/s bfloat16, {:.1f} GB/s\n\n",
                  ceilings["f32_gflops"].get<double>(), ceilings["bf16_gflops"].get<double>(),
                  ceilings["gb_per_s"].get<double>());
  text += OpsText(report["ops"], step) + "\n" + SummaryText(report["ops"], step) + "\n";
  const auto line = [&](const char* what, double milliseconds) {
    text += fmt::format("{:<61} {:9.3f} {:5.1f}%\n", what, milliseconds, 100 * milliseconds / step);
  };
  line("weights prepared, input copied", parts["preparation_ms"]);
  line("buckets folded and posted, further input copied", parts["between_ms"]);
  line("rest of exchange and update, waited for", parts["finish_ms"]);
  line("the step, observed", report["observed_step_ms"]);
  line("exchange of buckets, beside the tasks", parts["exchange_ms"]);
  line("the step, not observed, less all rows but the exchange", report["remainder_ms"]);
  return text;
}

}  // namespace lockstep
