#pragma once

// The trained tensors of layers that multiply by weights. Used by the functions behind InferSchema.

#include "configs/model.pb.h"
#include "core/graph/op_schema.h"

namespace lockstep {

/// "weight" of shape KRSC [out, kh, kw, in / groups] (in files OIHW) or [units, in] (in files as it
/// is). Fans are those of PyTorch's torch.nn.init: fan_in = in * kh * kw, fan_out = out * kh * kw,
/// with `in` counted within a group.
ParameterSpec WeightSpec(const Shape& shape, const Initializer& initializer);

/// "bias" [out] of the layer with this weight; has the weight's fans. Starts as PYTORCH biases do,
/// or at zero where the weight does.
ParameterSpec BiasSpec(const ParameterSpec& weight);

}  // namespace lockstep
