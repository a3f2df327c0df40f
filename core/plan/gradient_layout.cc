#include "core/plan/gradient_layout.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace lockstep {
namespace {

std::int64_t PaddedTo(std::int64_t multiple, std::int64_t elements) {
  return (elements + multiple - 1) / multiple * multiple;
}

std::vector<ParameterPlace> ParametersOf(const Graph& graph, int number) {
  const Node& node = graph.nodes[static_cast<std::size_t>(number)];
  std::vector<ParameterPlace> places;
  for (const ParameterSpec& spec : node.schema.parameters) {
    ParameterPlace place;
    place.name = node.def.name() + "." + spec.name;
    place.node = number;
    place.index = static_cast<int>(places.size());
    place.kind = spec.kind;
    place.shape = spec.shape;
    place.layout = spec.layout;
    place.elements = spec.shape.elements();
    place.statistic_rate = spec.statistic_rate;
    places.push_back(std::move(place));
  }
  return places;
}

/// The parameters of a bucket in the order of their gradients.
struct OpenBucket {
  std::vector<ParameterPlace> parameters;
  std::int64_t elements = 0;  ///< in whole blocks
  int last_node = -1;
};

std::vector<OpenBucket> CutBuckets(const Graph& graph, const std::vector<Task>& backward,
                                   std::int64_t bucket_elements) {
  std::vector<OpenBucket> buckets;
  OpenBucket open;
  for (const Task& task : backward) {
    if (task.kind != Task::Kind::kBackward) continue;
    for (ParameterPlace& place : ParametersOf(graph, task.node)) {
      open.elements += PaddedTo(kBlock, place.elements);
      open.last_node = task.node;
      open.parameters.push_back(std::move(place));
    }
    if (open.parameters.empty() || open.elements < bucket_elements) continue;
    buckets.push_back(std::exchange(open, OpenBucket()));
  }
  if (!open.parameters.empty()) buckets.push_back(std::move(open));
  return buckets;
}

/// Places the tensors of buckets one behind the other.
class GradientPlacer {
 public:
  explicit GradientPlacer(int ranks) : ranks_(ranks) {}

  void Place(OpenBucket bucket) {
    Bucket placed;
    placed.working =
        PlaceRegion(bucket, [](ParameterKind k) { return k == ParameterKind::kWeight; });
    placed.small = PlaceRegion(bucket, [](ParameterKind k) { return k != ParameterKind::kWeight; });
    layout_.buckets.push_back(placed);
    layout_.closing_nodes.push_back(bucket.last_node);
  }

  GradientLayout Finish() {
    std::sort(layout_.parameters.begin(), layout_.parameters.end(),
              [](const ParameterPlace& a, const ParameterPlace& b) {
                return std::tie(a.node, a.index) < std::tie(b.node, b.index);
              });
    return std::move(layout_);
  }

 private:
  Region PlaceRegion(const OpenBucket& bucket, bool (*belongs)(ParameterKind)) {
    Region region;
    region.offset = layout_.elements;
    for (ParameterPlace place : bucket.parameters) {
      if (!belongs(place.kind)) continue;
      place.offset = region.offset + region.elements;
      region.elements += PaddedTo(kBlock, place.elements);
      layout_.parameters.push_back(std::move(place));
    }
    region.elements = PaddedTo(kBlock * ranks_, region.elements);
    layout_.elements += region.elements;
    return region;
  }

  int ranks_;
  GradientLayout layout_;
};

}  // namespace

GradientLayout LayGradients(const Graph& graph, const std::vector<Task>& backward,
                            const PlanOptions& options) {
  GradientPlacer placer(options.ranks);
  for (OpenBucket& bucket : CutBuckets(graph, backward, options.bucket_elements)) {
    placer.Place(std::move(bucket));
  }
  return placer.Finish();
}

}  // namespace lockstep
