#pragma once

// Graphs with the needs of their ops, to make plans of without a back end.

#include <cstdint>
#include <vector>

#include "core/device/op.h"
#include "core/graph/graph.h"

namespace lockstep {

struct PlannedGraph {
  Graph graph;
  std::vector<OpNeeds> needs;  ///< one a node
};

/// Needs as back ends have them: convolutions and dense layers read their input, ReLU its output,
/// pooling saves a byte and dropout a bit an element, the loss its probabilities.
std::vector<OpNeeds> TypicalNeeds(const Graph& graph);

/// LeNet on `samples` images of 28x28x1.
PlannedGraph LeNetGraph(std::int64_t samples);

/// Convolutions, ReLUs and additions with the shapes of ResNet-50 (He et al. 2015, table 1) on
/// images of 224x224x3.
PlannedGraph ResidualGraph(std::int64_t samples, DataType activations);

/// A graph of convolutions, additions, pooling, dropout and views that branches and joins at
/// random, with random needs.
PlannedGraph RandomGraph(std::uint32_t seed);

}  // namespace lockstep
