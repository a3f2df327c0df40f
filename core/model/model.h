#pragma once

// One replica: the graph's ops bound to planned memory and run task by task. Knows no ranks;
// whoever sums the gradients listens for complete buckets.

#include <memory>
#include <vector>

#include "core/device/backend.h"
#include "core/graph/graph.h"
#include "core/model/bucket_listener.h"
#include "core/model/stage.h"
#include "core/model/task_observer.h"
#include "core/model/working_weights.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Memory that outlives a model and is shared with the reducer and with models of other phases.
struct ModelBuffers {
  const WorkingWeights& working;
  Tensor gradients;  ///< [gradient_elements] float32; absent where there is no backward pass
};

/// What a model is made of; `ops` has one entry a node, null for views.
struct ModelParts {
  Graph graph;
  Plan plan;
  std::vector<std::unique_ptr<Op>> ops;
};

/// Not thread-safe. Allocates only when made.
class Model {
 public:
  /// Binds the ops to one arena. Backend and stream outlive the model.
  Model(ModelParts parts, Backend& backend, Stream& stream, const ModelBuffers& buffers);

  /// Once after each change of the working weights.
  void PrepareWeights();
  /// Copies the shard's input into the arena and runs the forward pass.
  void Forward(const Shard& shard, Phase phase);
  /// Runs the backward pass of the shard that Forward ran last; overwrites every gradient.
  void Backward(const Shard& shard, BucketListener& listener);

  /// Tells `observer` of every task from now on; null tells nobody.
  void Observe(TaskObserver* observer) { observer_ = observer; }

  /// [N, classes], valid after Forward until the next one.
  Tensor logits() const;
  /// [kLossSums] float32, valid after Forward until the next one.
  Tensor loss_sums() const;

  /// The stream that all its work is enqueued on.
  Stream& stream() { return stream_; }
  const Graph& graph() const { return parts_.graph; }
  const Plan& plan() const { return parts_.plan; }
  const Op* op(int node) const { return parts_.ops[static_cast<std::size_t>(node)].get(); }

 private:
  /// A GradSum task with its tensors looked up.
  struct GradientSum {
    Tensor out;
    std::vector<Tensor> terms;
    SumOrder order;
  };

  void FindMemory();
  void BindOps(const ModelBuffers& buffers);
  OpBuffers BuffersOf(int node, const ModelBuffers& buffers) const;
  void BindParameters(int node, const ModelBuffers& buffers, OpBuffers& bound) const;
  void CollectGradientSums();
  void RunTask(const Task& task, Phase phase);
  Tensor ValueTensor(int value) const;
  Tensor GradientTensor(int node, int input) const;
  Tensor StateTensor(int node, int state) const;

  ModelParts parts_;
  Backend& backend_;
  Stream& stream_;
  TaskObserver* observer_ = nullptr;

  Buffer arena_;
  Buffer scratch_;
  Buffer prepared_;
  Buffer step_input_;
  std::vector<Buffer> states_;                 ///< one a node, its states one behind the other
  std::vector<Tensor> values_;                 ///< by value; views share their root's memory
  std::vector<Tensor> gradients_;              ///< by value
  std::vector<std::vector<Tensor>> partials_;  ///< by node and input, where several consumers meet
  std::vector<Tensor> saved_;                  ///< by node
  std::vector<std::size_t> prepared_offsets_;  ///< by node, bytes
  std::vector<GradientSum> sums_;              ///< by value; empty where one consumer writes alone
};

}  // namespace lockstep
