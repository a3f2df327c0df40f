#pragma once

// MaxPool, AvgPool and GlobalAvgPool by oneDNN's pooling.

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>

#include "core/device/op.h"
#include "onednn_ops/bound_primitive.h"
#include "onednn_ops/cpu_device.h"

namespace lockstep {

/// A training MaxPool saves the library's workspace: which element of each window won.
class PoolOp final : public Op {
 public:
  /// `node` is one of the three. Throws dnnl::error where the library has no implementation.
  PoolOp(const NodeSpec& node, const CpuDevice& device);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& /*stream*/) override {}
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override;

 private:
  dnnl::engine engine_;
  dnnl::pooling_forward::primitive_desc planned_forward_;
  std::optional<dnnl::pooling_backward::primitive_desc> planned_backward_;
  dnnl::primitive forward_primitive_;
  dnnl::primitive backward_primitive_;
  BoundPrimitive forward_;
  BoundPrimitive backward_;
};

}  // namespace lockstep
