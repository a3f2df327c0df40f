#pragma once

// The order in which a pass calls the ops of a graph, and where in it each node and gradient sum
// stands. First step of MakePlan: lifetimes and buckets follow from it.

#include <vector>

#include "core/graph/graph.h"
#include "core/plan/plan.h"

namespace lockstep {

/// One reading of a value by a node; reading through a view counts as reading what the view looks
/// at.
struct Use {
  int node = 0;
  int input = 0;  ///< which input of the node
};

/// Positions count the forward tasks and then the backward tasks from 0. Views have no task. A node
/// has a backward task where it has parameters or an input that needs a gradient. A stored value
/// whose gradient has several writers gets a GradSum task directly behind the last of them.
class TaskOrder {
 public:
  TaskOrder(const Graph& graph, Phase phase);

  const std::vector<Task>& forward() const { return forward_; }
  /// Empty in Phase::kEvaluate.
  const std::vector<Task>& backward() const { return backward_; }
  int last_position() const { return static_cast<int>(forward_.size() + backward_.size()) - 1; }

  /// -1 for a node without such a task.
  int ForwardPosition(int node) const { return forward_position_[static_cast<std::size_t>(node)]; }
  int BackwardPosition(int node) const {
    return backward_position_[static_cast<std::size_t>(node)];
  }
  /// -1 for a value without such a task.
  int GradSumPosition(int value) const {
    return grad_sum_position_[static_cast<std::size_t>(value)];
  }

  /// Who reads a stored value, in the order of the graph.
  const std::vector<Use>& UsesOf(int value) const { return uses_[static_cast<std::size_t>(value)]; }
  /// Those of UsesOf whose backward task writes a gradient of the value.
  const std::vector<Use>& GradientWriters(int value) const {
    return gradient_writers_[static_cast<std::size_t>(value)];
  }

 private:
  void FindUses(const Graph& graph);
  void OrderForward(const Graph& graph);
  void OrderBackward(const Graph& graph);
  void AddGradSumsBehind(const Graph& graph, int node);

  std::vector<Task> forward_;
  std::vector<Task> backward_;
  std::vector<int> forward_position_;
  std::vector<int> backward_position_;
  std::vector<int> grad_sum_position_;
  std::vector<std::vector<Use>> uses_;
  std::vector<std::vector<Use>> gradient_writers_;
};

}  // namespace lockstep
