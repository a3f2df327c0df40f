#pragma once

// Adam and AdamW on the CPU.

#include <string>
#include <vector>

#include "configs/optimizer.pb.h"
#include "core/device/update_rule.h"

namespace lockstep {

/// The step count of its bias correction is StepInput::step + 1.
class AdamUpdateRule final : public UpdateRule {
 public:
  /// `optimizer.type` is ADAM or ADAMW.
  explicit AdamUpdateRule(const OptimizerConfig& optimizer);

  std::vector<std::string> moment_names() const override { return {"exp_avg", "exp_avg_sq"}; }
  void Update(Stream& stream, const UpdateSlice& slice) const override;

 private:
  double beta1_;
  double beta2_;
  float epsilon_;
  bool decays_weights_apart_;  ///< ADAMW
};

}  // namespace lockstep
