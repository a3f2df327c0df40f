#pragma once

// The initial values of parameters. A pure function of seed and element, so that any rank can make
// any part.

#include <cstdint>
#include <span>

#include "core/graph/op_schema.h"

namespace lockstep {

/// Which values to draw.
struct InitialDraw {
  std::uint64_t seed = 0;
  int node = 0;                    ///< position in the graph, below 2^24
  int index = 0;                   ///< position in the node's schema, below 128
  std::int64_t first_element = 0;  ///< of the parameter, in the layout inside; where `out` begins
};

/// Writes `out.size()` consecutive elements of the parameter, from draw.first_element on:
///   PYTORCH         U(-1/sqrt(fan_in), 1/sqrt(fan_in)), which is PyTorch's
///                   kaiming_uniform(a = sqrt 5), biases too
///   KAIMING_NORMAL  N(0, 2/fan_out), He et al. 2015; parameters other than kWeight as PYTORCH
///   ZERO            0
/// Statistics and control words start as 0 whatever the initializer. Element e is word e % 4 of
/// draw e / 4 (the normal distribution uses word 0 and 1 of draw e). Throws std::logic_error where
/// the rule's fan is not positive. Thread-safe.
void Initialize(const ParameterSpec& parameter, const InitialDraw& draw, std::span<float> out);

}  // namespace lockstep
