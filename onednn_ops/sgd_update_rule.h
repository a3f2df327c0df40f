#pragma once

// SGD on the CPU.

#include <string>
#include <vector>

#include "configs/optimizer.pb.h"
#include "core/device/update_rule.h"

namespace lockstep {

class SgdUpdateRule final : public UpdateRule {
 public:
  explicit SgdUpdateRule(const OptimizerConfig& optimizer);

  /// "momentum" where there is any.
  std::vector<std::string> moment_names() const override;
  void Update(Stream& stream, const UpdateSlice& slice) const override;

 private:
  float momentum_;
  bool nesterov_;
};

}  // namespace lockstep
