#pragma once

// What all update rules on the CPU have in common: a slice is updated block by block, those that
// are no weights by their own rules, and the new masters are rounded to working weights.

#include <array>
#include <cstdint>
#include <span>

#include "core/device/step_input.h"
#include "core/device/update_rule.h"
#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {

inline constexpr std::int64_t kElementsOfBlock = 1024;
inline constexpr std::size_t kMostMoments = 2;

/// One block of BlockRule::kTrained.
struct TrainedBlock {
  float weight_decay = 0;
  std::span<const float> gradient;  ///< not scaled yet
  std::span<float> master;
  std::array<std::span<float>, kMostMoments> moments;  ///< as many as the slice has
};

/// One call of an update rule. Refers to its slice.
class BlockUpdate {
 public:
  /// Throws std::logic_error where the tensors of `slice` do not fit together or its moments are
  /// not `moments`.
  BlockUpdate(const UpdateSlice& slice, std::size_t moments);

  const StepInput& step() const { return step_; }
  float gradient_scale() const { return verdict_.scale; }

  /// Calls `update_trained(TrainedBlock)` for each trained block and does all else itself, on the
  /// team of `stream`. `update_trained` must not throw.
  template <typename UpdateTrained>
  void Run(Stream& stream, const UpdateTrained& update_trained) const {
    CpuStreamOf(stream).Enter();
    SplitUnits(blocks_, kElementsOfBlock, [&](ElementRange range) {
      for (std::int64_t block = range.first; block < range.first + range.count; ++block) {
        const BlockRule rule = RuleOf(block);
        if (!IsWritten(rule)) continue;
        if (rule.kind == BlockRule::kTrained) {
          update_trained(Trained(block, rule));
        } else {
          UpdateUntrained(block, rule);
        }
        WriteWorking(block);
      }
    });
  }

 private:
  BlockRule RuleOf(std::int64_t block) const;
  bool IsWritten(const BlockRule& rule) const;
  TrainedBlock Trained(std::int64_t block, const BlockRule& rule) const;
  void UpdateUntrained(std::int64_t block, const BlockRule& rule) const;
  void WriteWorking(std::int64_t block) const;

  const UpdateSlice& slice_;
  std::int64_t blocks_;
  StepInput step_;
  GradientVerdict verdict_;
};

}  // namespace lockstep
