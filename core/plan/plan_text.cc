#include <fmt/format.h>

#include <string>

#include "core/plan/plan.h"

namespace lockstep {
namespace {

const std::string& NodeName(const Graph& graph, int node) {
  return graph.nodes[static_cast<std::size_t>(node)].def.name();
}

const std::string& ValueName(const Graph& graph, int value) {
  return graph.values[static_cast<std::size_t>(value)].name;
}

std::string TaskName(const Task& task, const Graph& graph) {
  switch (task.kind) {
    case Task::Kind::kForward:
      return "forward " + NodeName(graph, task.node);
    case Task::Kind::kBackward:
      return "backward " + NodeName(graph, task.node);
    case Task::Kind::kGradSum:
      return "gradient sum of " + ValueName(graph, task.value);
  }
  return "?";
}

std::string SlotName(const Slot& slot, const Graph& graph) {
  switch (slot.kind) {
    case Slot::Kind::kValue:
      return "value " + ValueName(graph, slot.value);
    case Slot::Kind::kGradient:
      return "gradient of " + ValueName(graph, slot.value);
    case Slot::Kind::kPartialGradient:
      return fmt::format("partial gradient of {} by {}, input {}", ValueName(graph, slot.value),
                         NodeName(graph, slot.node), slot.input);
    case Slot::Kind::kSaved:
      return "saved by " + NodeName(graph, slot.node);
  }
  return "?";
}

std::string_view KindName(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kWeight:
      return "weight";
    case ParameterKind::kSmallWeight:
      return "small weight";
    case ParameterKind::kStatistic:
      return "statistic";
    case ParameterKind::kControl:
      return "control";
  }
  return "?";
}

std::string TasksText(const std::vector<Task>& tasks, const Graph& graph, std::size_t first) {
  std::string text;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    text += fmt::format("{:6}  {}", first + i, TaskName(tasks[i], graph));
    for (int bucket : tasks[i].completes) text += fmt::format(", completes bucket {}", bucket);
    text += '\n';
  }
  return text;
}

std::string SlotsText(const Plan& plan, const Graph& graph) {
  std::string text;
  for (const Slot& slot : plan.slots) {
    text += fmt::format("{:12}  {:12}  {:4} to {:4}  {}\n", slot.offset, slot.bytes,
                        slot.first_task, slot.last_task, SlotName(slot, graph));
  }
  return text;
}

std::string ParametersText(const Plan& plan) {
  std::string text;
  for (const ParameterPlace& place : plan.parameters) {
    text += fmt::format("{:12}  {:12}  {} {}, {}, in files {}\n", place.offset, place.elements,
                        place.name, ToText(place.shape), KindName(place.kind),
                        ToText(place.layout.file_shape));
  }
  return text;
}

std::string BucketsText(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.buckets.size(); ++i) {
    const Bucket& bucket = plan.buckets[i];
    text += fmt::format("{:6}  working {} + {}, small {} + {}\n", i, bucket.working.offset,
                        bucket.working.elements, bucket.small.offset, bucket.small.elements);
  }
  return text;
}

}  // namespace

std::string ToText(const Plan& plan, const Graph& graph) {
  std::string text = fmt::format("ranks: {}\narena: {} bytes, at most {} of them live at once\n",
                                 plan.ranks, plan.arena_bytes, plan.live_peak_bytes);
  text += fmt::format("scratch: {} bytes\nprepared weights: {} bytes\n", plan.scratch_bytes,
                      plan.prepared_bytes);
  text += fmt::format("gradient buffer: {} elements\nworking weights: {}\n", plan.gradient_elements,
                      NameOf(plan.working_type));
  text += "\nforward tasks\n" + TasksText(plan.forward, graph, 0);
  text += "\nbackward tasks\n" + TasksText(plan.backward, graph, plan.forward.size());
  text += "\nslots: offset, bytes, first to last task\n" + SlotsText(plan, graph);
  text += "\nparameters: offset, elements\n" + ParametersText(plan);
  text += "\nbuckets: offset + elements\n" + BucketsText(plan);
  return text;
}

}  // namespace lockstep
