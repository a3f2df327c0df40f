#pragma once

// Where each slot lies in the arena: slots that never live together may share memory. Third step of
// MakePlan.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/plan/plan.h"

namespace lockstep {

/// Alignment of slots and of every other range that a back end gets, in bytes: a cache line, and
/// the widest vector.
inline constexpr std::size_t kAlignment = 64;

/// `bytes` rounded up to a multiple of kAlignment.
constexpr std::size_t Aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// The largest sum of slots that live at the same task, each rounded up to kAlignment: no arena is
/// smaller.
std::size_t LivePeak(const std::vector<Slot>& slots);

enum class Reuse : std::uint8_t { kNever, kWhereLifetimesAllow };

struct ArenaLayout {
  std::vector<Slot> slots;  ///< as given, with offsets
  std::size_t bytes = 0;
};

/// Sets the offsets. Dynamic storage allocation is NP-hard, so several greedy orders are tried
/// (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020) and the
/// smallest arena wins; the first of equals.
ArenaLayout LayArena(const std::vector<Slot>& slots, Reuse reuse);

}  // namespace lockstep
