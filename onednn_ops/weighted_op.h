#pragma once

// An op with weights and an optional bias that oneDNN computes by three primitives of one family:
// convolution and inner product differ only in how these are described.

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>

#include "core/device/op.h"
#include "onednn_ops/bound_primitive.h"
#include "onednn_ops/prepared_weights.h"

namespace lockstep {

/// The primitives of one op as the library planned them.
struct WeightedPrimitives {
  dnnl::primitive_desc forward;
  std::optional<dnnl::primitive_desc> backward_data;     ///< absent: nobody wants the gradient
  std::optional<dnnl::primitive_desc> backward_weights;  ///< absent: evaluation only
  dnnl::memory::desc plain_weights;                      ///< the format of working weights
  dnnl::memory::desc plain_gradient;                     ///< the same format in float32
  bool has_bias = false;
};

/// The backward_weights that writes its gradient in float32 or, where the library has none, in
/// `working`, the type of the weights. `plan(type)` gives the library's plan or an empty one.
/// Throws dnnl::error where there is neither.
template <typename Plan>
auto PlanWeightGradient(dnnl::memory::data_type working, const Plan& plan) {
  auto planned = plan(dnnl::memory::data_type::f32);
  if (!planned) {
    planned = plan(working);
  }
  if (!planned) {
    throw dnnl::error(dnnl_unimplemented, "no implementation of the gradient of its weights");
  }
  return planned;
}

/// A gradient of the weights in another format or type than plain_gradient is converted behind the
/// library's call. Parameters: weight, then the bias where there is one.
class WeightedOp final : public Op {
 public:
  WeightedOp(dnnl::engine engine, WeightedPrimitives primitives);

  OpNeeds Needs() const override;
  void Bind(const OpBuffers& buffers) override;
  void PrepareWeights(Stream& stream) override;
  void Forward(Stream& stream, Phase phase) override;
  void Backward(Stream& stream) override;
  std::string implementation() const override;

 private:
  bool weight_gradient_is_plain() const;
  std::size_t weight_gradient_scratch() const;
  void BindForward(const OpBuffers& buffers);
  void BindBackwardData(const OpBuffers& buffers);
  void BindBackwardWeights(const OpBuffers& buffers);
  dnnl::memory BindWeightGradient(const OpBuffers& buffers);

  dnnl::engine engine_;
  WeightedPrimitives primitives_;
  PreparedWeights weights_;
  int forward_format_ = 0;
  int backward_format_ = 0;
  dnnl::primitive forward_primitive_;
  dnnl::primitive backward_data_primitive_;
  dnnl::primitive backward_weights_primitive_;
  std::optional<dnnl::reorder::primitive_desc> gradient_reorder_;
  BoundPrimitive forward_;
  BoundPrimitive backward_data_;
  BoundPrimitive backward_weights_;
  BoundPrimitive gradient_to_plain_;
};

}  // namespace lockstep
