#pragma once

// SGD on the CPU, and what the other kinds of block ask for.

#include <string>
#include <vector>

#include "configs/optimizer.pb.h"
#include "core/device/update_rule.h"
#include "onednn_ops/kernels/sgd.h"

namespace lockstep {

/// Runs on the caller's thread alone: the communication thread calls it beside the compute thread's
/// OpenMP team.
class SgdUpdateRule final : public UpdateRule {
 public:
  explicit SgdUpdateRule(const OptimizerConfig& optimizer);

  std::vector<std::string> moment_names() const override;
  void Update(Stream& stream, const UpdateSlice& slice) const override;

 private:
  void UpdateBlock(const BlockRule& rule, SgdRates rates, const SgdWeights& weights) const;

  float momentum_;
  bool nesterov_;
};

}  // namespace lockstep
