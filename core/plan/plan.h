#pragma once

// Everything decided before the first step: order of tasks, memory, gradient buckets. A value:
// printable, comparable, no pointers. Made by MakePlan, executed by Model and GradientReducer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/device/op.h"
#include "core/graph/graph.h"

namespace lockstep {

/// Elements of a block: the unit of slices, norms and digests.
inline constexpr std::int64_t kBlock = 1024;

struct PlanOptions {
  Phase phase = Phase::kTrain;
  int ranks = 1;  ///< bucket regions are padded to this many equal slices
  /// A bucket is closed at the first tensor that reaches this.
  std::int64_t bucket_elements = 256 * 1024;
  DataType activations = DataType::kF32;
  bool reuse_memory = true;  ///< false: one range a tensor, for tests
};

/// What a range of the arena holds.
struct Slot {
  enum class Kind : std::uint8_t { kValue, kGradient, kPartialGradient, kSaved };
  Kind kind = Kind::kValue;
  int value = -1;          ///< kValue, kGradient, kPartialGradient: the value
  int node = -1;           ///< kSaved: the node; kPartialGradient: the consumer that writes it
  int input = -1;          ///< kPartialGradient: which input of the consumer
  std::size_t offset = 0;  ///< bytes, a multiple of 64
  std::size_t bytes = 0;
  int first_task = 0;  ///< lifetime, as positions in forward followed by backward
  int last_task = 0;

  friend bool operator==(const Slot&, const Slot&) = default;
};

/// One call in a pass.
struct Task {
  enum class Kind : std::uint8_t { kForward, kBackward, kGradSum };
  Kind kind = Kind::kForward;
  int node = -1;  ///< kForward, kBackward
  /// kGradSum: adds the partial gradients of this value in the order of its consumers.
  int value = -1;
  /// kBackward: buckets that are complete after this task, in order.
  std::vector<int> completes;

  friend bool operator==(const Task&, const Task&) = default;
};

/// Where one parameter lives in the gradient buffer and in every buffer of that layout.
struct ParameterPlace {
  std::string name;  ///< in files: "<node>.weight"
  int node = 0;
  int index = 0;  ///< within the node's schema
  ParameterKind kind = ParameterKind::kWeight;
  Shape shape;
  FileLayout layout;
  std::int64_t offset = 0;  ///< elements, a multiple of kBlock
  std::int64_t elements = 0;
  float statistic_rate = 0;  ///< kStatistic: as ParameterSpec's

  friend bool operator==(const ParameterPlace&, const ParameterPlace&) = default;
};

/// A contiguous range of a bucket whose slices are gathered in one type.
struct Region {
  std::int64_t offset = 0;    ///< elements into the gradient buffer, a multiple of kBlock
  std::int64_t elements = 0;  ///< a multiple of kBlock * ranks; may be 0

  /// Rank r's slice is [offset + r * slice, + slice).
  std::int64_t slice(int ranks) const { return elements / ranks; }
  friend bool operator==(const Region&, const Region&) = default;
};

struct Bucket {
  Region working;  ///< weights, gathered in working precision
  Region small;    ///< the rest, gathered in float32; directly behind `working`
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

struct Plan {
  std::vector<Task> forward;
  std::vector<Task> backward;
  std::vector<Slot> slots;
  std::vector<ParameterPlace> parameters;  ///< in the order of the graph
  std::vector<Bucket> buckets;             ///< in the order in which they become complete
  std::int64_t gradient_elements = 0;      ///< length of the gradient buffer
  std::size_t arena_bytes = 0;
  std::size_t live_peak_bytes = 0;  ///< largest sum of live slots: a bound from below
  std::size_t scratch_bytes = 0;    ///< the most that one op asks for: tasks share one range
  std::size_t prepared_bytes = 0;  ///< of all ops, each rounded up to 64, in the order of the graph
  int ranks = 1;
  DataType working_type = DataType::kF32;  ///< of the weights in working regions

  friend bool operator==(const Plan&, const Plan&) = default;
};

/// `needs` has one entry a node (views: an empty one). Pure; the same input gives the same plan.
/// Views have neither tasks nor slots: their memory, and that of their gradient, is what
/// StoredValue names. Parameters and buckets are the same in both phases, so that training and
/// evaluation share one buffer of weights. `graph` must hold what BuildGraph promises and
/// options.activations be the type of its values; throws std::invalid_argument where sizes or types
/// do not fit together.
Plan MakePlan(const Graph& graph, std::span<const OpNeeds> needs, const PlanOptions& options);

/// Stable text for golden tests and `lockstep plan`.
std::string ToText(const Plan& plan, const Graph& graph);

}  // namespace lockstep
