#include "core/plan/arena_layout.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace lockstep {
namespace {

bool LiveTogether(const Slot& a, const Slot& b) {
  return a.first_task <= b.last_task && b.first_task <= a.last_task;
}

std::size_t End(const Slot& slot) { return slot.offset + Aligned(slot.bytes); }

int Duration(const Slot& slot) { return slot.last_task - slot.first_task + 1; }

double Area(const Slot& slot) { return static_cast<double>(slot.bytes) * Duration(slot); }

/// Which slot is placed before which.
using Before = bool (*)(const Slot& a, const Slot& b);

bool LargerFirst(const Slot& a, const Slot& b) { return a.bytes > b.bytes; }
bool LongerFirst(const Slot& a, const Slot& b) { return Duration(a) > Duration(b); }
bool GreaterAreaFirst(const Slot& a, const Slot& b) { return Area(a) > Area(b); }
bool EarlierFirst(const Slot& a, const Slot& b) { return a.first_task < b.first_task; }

enum class Fit : std::uint8_t { kSmallestGap, kLowestGap };

// The offset of the chosen gap between the placed slots, sorted by offset, that live together with
// `slot`.
std::size_t FindGap(const std::vector<const Slot*>& placed, const Slot& slot, Fit fit) {
  const std::size_t bytes = Aligned(slot.bytes);
  std::size_t best = 0;
  std::size_t best_gap = std::numeric_limits<std::size_t>::max();
  std::size_t end = 0;
  for (const Slot* other : placed) {
    if (!LiveTogether(*other, slot)) continue;
    const std::size_t gap = other->offset > end ? other->offset - end : 0;
    if (gap >= bytes && gap < best_gap) {
      if (fit == Fit::kLowestGap) return end;
      best = end;
      best_gap = gap;
    }
    end = std::max(end, End(*other));
  }
  return best_gap == std::numeric_limits<std::size_t>::max() ? end : best;
}

ArenaLayout LayGreedily(const std::vector<Slot>& slots, Before before, Fit fit) {
  ArenaLayout layout{slots, 0};
  std::vector<std::size_t> order(slots.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return before(slots[a], slots[b]); });
  std::vector<const Slot*> placed;
  for (std::size_t index : order) {
    Slot& slot = layout.slots[index];
    slot.offset = FindGap(placed, slot, fit);
    layout.bytes = std::max(layout.bytes, End(slot));
    const auto behind =
        std::upper_bound(placed.begin(), placed.end(), &slot,
                         [](const Slot* a, const Slot* b) { return a->offset < b->offset; });
    placed.insert(behind, &slot);
  }
  return layout;
}

ArenaLayout LayInARow(const std::vector<Slot>& slots) {
  ArenaLayout layout{slots, 0};
  for (Slot& slot : layout.slots) {
    slot.offset = layout.bytes;
    layout.bytes = End(slot);
  }
  return layout;
}

}  // namespace

std::size_t LivePeak(const std::vector<Slot>& slots) {
  int tasks = 0;
  for (const Slot& slot : slots) tasks = std::max(tasks, slot.last_task + 1);
  std::size_t peak = 0;
  for (int task = 0; task < tasks; ++task) {
    std::size_t live = 0;
    for (const Slot& slot : slots) {
      if (slot.first_task <= task && task <= slot.last_task) live += Aligned(slot.bytes);
    }
    peak = std::max(peak, live);
  }
  return peak;
}

ArenaLayout LayArena(const std::vector<Slot>& slots, Reuse reuse) {
  ArenaLayout best = LayInARow(slots);
  if (reuse == Reuse::kNever) return best;
  const std::size_t bound = LivePeak(slots);
  for (Before before : {LargerFirst, LongerFirst, GreaterAreaFirst, EarlierFirst}) {
    for (Fit fit : {Fit::kSmallestGap, Fit::kLowestGap}) {
      if (best.bytes == bound) return best;
      ArenaLayout layout = LayGreedily(slots, before, fit);
      if (layout.bytes < best.bytes) best = std::move(layout);
    }
  }
  return best;
}

}  // namespace lockstep
