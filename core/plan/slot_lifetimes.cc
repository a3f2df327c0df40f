#include "core/plan/slot_lifetimes.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace lockstep {
namespace {

std::size_t BytesOf(const Value& value) {
  return static_cast<std::size_t>(value.shape.elements()) * SizeOf(value.type);
}

/// Collects the slots of one pass.
class SlotCollector {
 public:
  SlotCollector(const Graph& graph, std::span<const OpNeeds> needs, const TaskOrder& order)
      : graph_(graph), needs_(needs), order_(order) {}

  std::vector<Slot> Collect() {
    CheckNeeds();
    const int values = static_cast<int>(graph_.values.size());
    for (int value = 0; value < values; ++value) {
      if (StoredValue(graph_, value) == value) AddValue(value);
    }
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) AddSaved(node);
    for (int value = 0; value < values; ++value) AddGradients(value);
    return std::move(slots_);
  }

 private:
  const OpNeeds& NeedsOf(int node) const { return needs_[static_cast<std::size_t>(node)]; }

  void CheckNeeds() const {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (order_.BackwardPosition(static_cast<int>(n)) < 0) continue;
      const std::size_t inputs = graph_.nodes[n].inputs.size();
      if (needs_[n].backward_reads_input.size() == inputs) continue;
      throw std::invalid_argument(
          fmt::format("node '{}': OpNeeds must tell for each of {} inputs whether the backward "
                      "pass reads it, it tells for {}",
                      graph_.nodes[n].def.name(), inputs, needs_[n].backward_reads_input.size()));
    }
  }

  void AddValue(int value) {
    Slot slot;
    slot.kind = Slot::Kind::kValue;
    slot.value = value;
    slot.bytes = BytesOf(graph_.values[static_cast<std::size_t>(value)]);
    slot.first_task = value < Graph::kSources ? 0 : order_.ForwardPosition(value - Graph::kSources);
    slot.last_task = LivesToTheEnd(value) ? order_.last_position() : LastReader(value);
    slots_.push_back(slot);
  }

  bool LivesToTheEnd(int value) const {
    return value < Graph::kSources || value == StoredValue(graph_, graph_.logits) ||
           value == StoredValue(graph_, graph_.loss);
  }

  int LastReader(int value) const {
    const int producer = value - Graph::kSources;
    int last = order_.ForwardPosition(producer);
    if (NeedsOf(producer).backward_reads_output) {
      last = std::max(last, order_.BackwardPosition(producer));
    }
    for (const Use& use : order_.UsesOf(value)) {
      last = std::max(last, order_.ForwardPosition(use.node));
      const int backward = order_.BackwardPosition(use.node);
      if (backward < 0) continue;
      if (NeedsOf(use.node).backward_reads_input[static_cast<std::size_t>(use.input)]) {
        last = std::max(last, backward);
      }
    }
    return last;
  }

  void AddSaved(int node) {
    const int forward = order_.ForwardPosition(node);
    if (forward < 0 || NeedsOf(node).saved_bytes == 0) return;
    Slot slot;
    slot.kind = Slot::Kind::kSaved;
    slot.node = node;
    slot.bytes = NeedsOf(node).saved_bytes;
    slot.first_task = forward;
    slot.last_task = std::max(forward, order_.BackwardPosition(node));
    slots_.push_back(slot);
  }

  void AddGradients(int value) {
    const std::vector<Use>& writers = order_.GradientWriters(value);
    if (writers.empty() || order_.backward().empty()) return;
    const int sum = order_.GradSumPosition(value);
    Slot slot;
    slot.value = value;
    slot.bytes = BytesOf(graph_.values[static_cast<std::size_t>(value)]);
    if (sum >= 0) {
      for (const Use& writer : writers) AddPartial(slot, writer, sum);
    }
    slot.kind = Slot::Kind::kGradient;
    slot.first_task = sum >= 0 ? sum : order_.BackwardPosition(writers[0].node);
    slot.last_task = order_.BackwardPosition(value - Graph::kSources);
    slots_.push_back(slot);
  }

  void AddPartial(Slot slot, const Use& writer, int sum) {
    slot.kind = Slot::Kind::kPartialGradient;
    slot.node = writer.node;
    slot.input = writer.input;
    slot.first_task = order_.BackwardPosition(writer.node);
    slot.last_task = sum;
    slots_.push_back(slot);
  }

  const Graph& graph_;
  std::span<const OpNeeds> needs_;
  const TaskOrder& order_;
  std::vector<Slot> slots_;
};

}  // namespace

std::vector<Slot> SlotLifetimes(const Graph& graph, std::span<const OpNeeds> needs,
                                const TaskOrder& order) {
  return SlotCollector(graph, needs, order).Collect();
}

}  // namespace lockstep
