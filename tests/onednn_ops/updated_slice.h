#pragma once

// A slice of weights with everything that is updated with it, for tests of update rules.

#include <utility>
#include <vector>

#include "core/device/step_input.h"
#include "core/device/update_rule.h"
#include "core/graph/bfloat16.h"
#include "tests/onednn_ops/op_cases.h"

namespace lockstep {

constexpr std::int64_t kElementsOfTestBlock = 1024;

using Floats = std::vector<float>;

inline Floats RandomFloats(std::int64_t blocks, std::uint32_t stream) {
  const Values values = RandomValues(blocks * kElementsOfTestBlock, stream);
  return {values.begin(), values.end()};
}

/// Random masters, moments of 0, working weights of -1; the gradient is the test's.
struct UpdatedSlice {
  UpdatedSlice(std::vector<BlockRule> block_rules, std::size_t moment_count)
      : rules(std::move(block_rules)),
        master(RandomFloats(blocks(), 1)),
        moments(moment_count, Floats(master.size(), 0)),
        working(master.size(), -1),
        working_bf16(master.size()) {}

  std::int64_t blocks() const { return static_cast<std::int64_t>(rules.size()); }

  /// What the rule is called with; its working weights are `working`.
  UpdateSlice View() {
    UpdateSlice view;
    view.gradient = TensorOf(gradient);
    view.master = TensorOf(master);
    for (Floats& moment : moments) view.moments.push_back(TensorOf(moment));
    view.working = TensorOf(working);
    view.block_rules = BytesOf(rules.data(), rules.size());
    view.step_input = BytesOf(&step, 1);
    view.verdict = BytesOf(&verdict, 1);
    return view;
  }

  /// The same with `working_bf16`.
  UpdateSlice ViewOfBfloat16() {
    UpdateSlice view = View();
    view.working = Tensor(working_bf16.data(), Shape{std::ssize(working_bf16)}, DataType::kBF16);
    return view;
  }

  std::vector<BlockRule> rules;
  Floats gradient;
  Floats master;
  std::vector<Floats> moments;
  Floats working;
  std::vector<Bfloat16> working_bf16;
  StepInput step;
  GradientVerdict verdict;

 private:
  static Tensor TensorOf(Floats& values) {
    return Tensor(values.data(), Shape{std::ssize(values)}, DataType::kF32);
  }
  template <typename T>
  static Tensor BytesOf(T* values, std::size_t count) {
    return Tensor(values, Shape{static_cast<std::int64_t>(count * sizeof(T))}, DataType::kU8);
  }
};

}  // namespace lockstep
