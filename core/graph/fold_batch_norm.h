#pragma once

// The only graph pass: what follows a BatchNorm element by element is computed while its output is
// in registers, and no intermediate value goes through memory. Second step of BuildGraph, behind
// all checks, so that errors speak of the nodes that the user wrote.

#include "core/graph/graph.h"

namespace lockstep {

/// Replaces
///   BatchNorm -> Relu                          by BatchNorm { relu: true }
///   BatchNorm -> Add of two values -> Relu     by BatchNorm { relu: true } with a second input
/// where BatchNorm and Add are read by nobody else. The node keeps the name and the parameters of
/// the BatchNorm and stands where the Relu stood: behind the other summand. If both summands could
/// be folded, the first input is. `graph` holds what BuildGraph promises; so does the result. What
/// a node reads stands in Node::inputs; NodeDef::input stays as the user wrote it.
Graph FoldBatchNorm(Graph graph);

}  // namespace lockstep
