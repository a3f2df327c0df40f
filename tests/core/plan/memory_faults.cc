#include <fmt/format.h>

#include "tests/core/plan/plan_checker.h"

namespace lockstep {
namespace {

class MemoryChecker {
 public:
  MemoryChecker(const Plan& plan, const PlannedGraph& planned)
      : plan_(plan), graph_(planned.graph), needs_(planned.needs) {}

  std::vector<std::string> Faults() {
    for (const Slot& slot : plan_.slots) CheckRange(slot);
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) CheckApart(plan_.slots[j], plan_.slots[i]);
    }
    for (const Task& task : plan_.forward) {
      CheckForward(task.node);
      ++now_;
    }
    for (const Task& task : plan_.backward) {
      if (task.kind == Task::Kind::kGradSum) {
        CheckGradSum(task.value);
      } else {
        CheckBackward(task.node);
      }
      ++now_;
    }
    CheckEnds();
    return faults_;
  }

 private:
  void CheckRange(const Slot& slot) {
    if (slot.offset % 64 != 0) Report("slot at {} is not aligned to 64 bytes", slot.offset);
    if (slot.bytes == 0) Report("slot at {} is empty", slot.offset);
    if (slot.offset + slot.bytes > plan_.arena_bytes)
      Report("slot at {} leaves the arena", slot.offset);
  }

  void CheckApart(const Slot& a, const Slot& b) {
    const bool together = !(a.last_task < b.first_task || b.last_task < a.first_task);
    const bool overlap = !(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
    if (together && overlap)
      Report("slots at {} and {} live together and overlap", a.offset, b.offset);
  }

  int Stored(int value) const {
    while (value >= Graph::kSources && NodeOf(value).schema.is_view)
      value = NodeOf(value).inputs[0];
    return value;
  }
  const Node& NodeAt(int node) const { return graph_.nodes[static_cast<std::size_t>(node)]; }
  const Node& NodeOf(int value) const { return NodeAt(value - Graph::kSources); }

  /// Reports unless exactly one such slot exists and lives now.
  void Touch(Slot::Kind kind, int value, int node = -1, int input = -1) {
    int found = 0;
    for (const Slot& slot : plan_.slots) {
      const bool same =
          slot.kind == kind && slot.value == value && slot.node == node && slot.input == input;
      if (!same) continue;
      ++found;
      if (now_ < slot.first_task || now_ > slot.last_task) {
        Report("task {} touches the slot at {} outside its lifetime", now_, slot.offset);
      }
    }
    if (found != 1) Report("task {} finds {} slots for value {}", now_, found, value);
  }

  void TouchSaved(int node) {
    if (needs_[static_cast<std::size_t>(node)].saved_bytes > 0) Touch(Slot::Kind::kSaved, -1, node);
  }

  void CheckForward(int number) {
    for (int input : NodeAt(number).inputs) Touch(Slot::Kind::kValue, Stored(input));
    Touch(Slot::Kind::kValue, NodeAt(number).output);
    TouchSaved(number);
  }

  void CheckBackward(int number) {
    const Node& node = NodeAt(number);
    const OpNeeds& needs = needs_[static_cast<std::size_t>(number)];
    if (node.output != graph_.loss) Touch(Slot::Kind::kGradient, node.output);
    if (needs.backward_reads_output) Touch(Slot::Kind::kValue, node.output);
    TouchSaved(number);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const int value = Stored(node.inputs[i]);
      if (needs.backward_reads_input[i]) Touch(Slot::Kind::kValue, value);
      if (node.input_needs_gradient[i]) TouchGradient(value, number, static_cast<int>(i));
    }
  }

  /// A value read once has its gradient written at once; else each reader writes a partial one.
  void TouchGradient(int value, int node, int input) {
    if (Readers(value) == 1) {
      Touch(Slot::Kind::kGradient, value);
    } else {
      Touch(Slot::Kind::kPartialGradient, value, node, input);
    }
  }

  int Readers(int value) const {
    int readers = 0;
    for (const Node& node : graph_.nodes) {
      if (node.schema.is_view) continue;
      for (int input : node.inputs) readers += Stored(input) == value ? 1 : 0;
    }
    return readers;
  }

  void CheckGradSum(int value) {
    int partials = 0;
    for (const Slot& slot : plan_.slots) {
      if (slot.kind != Slot::Kind::kPartialGradient || slot.value != value) continue;
      Touch(slot.kind, value, slot.node, slot.input);
      ++partials;
    }
    if (partials != Readers(value)) Report("value {} has {} partial gradients", value, partials);
    Touch(Slot::Kind::kGradient, value);
  }

  void CheckEnds() {
    --now_;
    for (int value = 0; value < Graph::kSources; ++value) Touch(Slot::Kind::kValue, value);
    Touch(Slot::Kind::kValue, Stored(graph_.logits));
    Touch(Slot::Kind::kValue, graph_.loss);
    now_ = 0;
    for (int value = 0; value < Graph::kSources; ++value) Touch(Slot::Kind::kValue, value);
  }

  template <typename... Values>
  void Report(const char* sentence, const Values&... values) {
    faults_.push_back(fmt::format(fmt::runtime(sentence), values...));
  }

  const Plan& plan_;
  const Graph& graph_;
  const std::vector<OpNeeds>& needs_;
  int now_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> MemoryFaults(const Plan& plan, const PlannedGraph& planned) {
  return MemoryChecker(plan, planned).Faults();
}

}  // namespace lockstep
