#pragma once

// Graphs with the needs of their ops, to make plans of without a back end.

#include <cstdint>
#include <string>
#include <vector>

#include "core/device/op.h"
#include "core/graph/graph.h"

namespace lockstep {

struct PlannedGraph {
  Graph graph;
  std::vector<OpNeeds> needs;  ///< one a node
};

/// Needs as back ends have them: convolutions, dense layers and normalizations read their input,
/// ReLU its output; pooling saves a byte and dropout a bit an element, a normalization two numbers
/// a channel and with a ReLU a bit an element, the loss its probabilities.
std::vector<OpNeeds> TypicalNeeds(const Graph& graph);

/// LeNet on `samples` images of 28x28x1.
PlannedGraph LeNetGraph(std::int64_t samples);

/// A preset of the ResNets with 1,000 classes, on `samples` images of 224x224x3.
PlannedGraph ResNetGraph(const std::string& preset, std::int64_t samples, DataType activations);

/// A graph of convolutions, additions, pooling, dropout and views that branches and joins at
/// random, with random needs.
PlannedGraph RandomGraph(std::uint32_t seed);

}  // namespace lockstep
