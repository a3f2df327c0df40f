#include <fmt/format.h>

#include <algorithm>

#include "tests/core/plan/plan_checker.h"

namespace lockstep {
namespace {

bool Holds(const Region& region, const ParameterPlace& place) {
  const std::int64_t blocks = (place.elements + kBlock - 1) / kBlock;
  return place.offset >= region.offset &&
         place.offset + blocks * kBlock <= region.offset + region.elements;
}

class GradientChecker {
 public:
  GradientChecker(const Plan& plan, const Graph& graph) : plan_(plan), graph_(graph) {}

  std::vector<std::string> Faults() {
    CheckComplete();
    CheckRegions();
    for (std::size_t i = 0; i < plan_.parameters.size(); ++i) {
      CheckPlace(plan_.parameters[i]);
      for (std::size_t j = 0; j < i; ++j) CheckApart(plan_.parameters[j], plan_.parameters[i]);
    }
    if (!plan_.backward.empty()) CheckCompletions();
    return faults_;
  }

 private:
  /// All parameters of the graph, in its order.
  void CheckComplete() {
    std::vector<std::string> expected;
    for (const Node& node : graph_.nodes) {
      for (const ParameterSpec& spec : node.schema.parameters) {
        expected.push_back(node.def.name() + "." + spec.name);
      }
    }
    std::vector<std::string> planned;
    for (const ParameterPlace& place : plan_.parameters) planned.push_back(place.name);
    if (planned != expected)
      Report("{} parameters are planned, {} expected", planned.size(), expected.size());
  }

  /// Regions follow each other without gaps and can be cut into equal slices of blocks.
  void CheckRegions() {
    std::int64_t end = 0;
    for (const Bucket& bucket : plan_.buckets) {
      for (const Region& region : {bucket.working, bucket.small}) {
        if (region.offset != end) Report("region at {} begins not at {}", region.offset, end);
        if (region.elements % (kBlock * plan_.ranks) != 0) {
          Report("region at {} cannot be cut into slices", region.offset);
        }
        end = region.offset + region.elements;
      }
    }
    if (end != plan_.gradient_elements) Report("regions end at {}", end);
  }

  void CheckPlace(const ParameterPlace& place) {
    if (place.offset % kBlock != 0) Report("{} begins within a block", place.name);
    if (BucketOf(place) < 0) Report("{} lies in no region of its kind", place.name);
  }

  int BucketOf(const ParameterPlace& place) const {
    for (std::size_t b = 0; b < plan_.buckets.size(); ++b) {
      const Bucket& bucket = plan_.buckets[b];
      const bool weight = place.kind == ParameterKind::kWeight;
      if (Holds(weight ? bucket.working : bucket.small, place)) return static_cast<int>(b);
    }
    return -1;
  }

  void CheckApart(const ParameterPlace& a, const ParameterPlace& b) {
    if (a.offset < b.offset + b.elements && b.offset < a.offset + a.elements) {
      Report("{} and {} overlap", a.name, b.name);
    }
  }

  /// Each bucket completes once, right at the last backward task of its parameters' nodes, and
  /// buckets do so in order.
  void CheckCompletions() {
    int next = 0;
    for (std::size_t t = 0; t < plan_.backward.size(); ++t) {
      for (int bucket : plan_.backward[t].completes) {
        if (bucket != next++) Report("bucket {} completes out of order", bucket);
        if (static_cast<int>(t) != LastTaskOf(bucket))
          Report("bucket {} completes at the wrong task", bucket);
      }
    }
    if (next != static_cast<int>(plan_.buckets.size())) Report("only {} buckets complete", next);
  }

  int LastTaskOf(int bucket) const {
    int last = -1;
    for (const ParameterPlace& place : plan_.parameters) {
      if (BucketOf(place) == bucket) last = std::max(last, BackwardTaskOf(place.node));
    }
    return last;
  }

  int BackwardTaskOf(int node) const {
    for (std::size_t t = 0; t < plan_.backward.size(); ++t) {
      const Task& task = plan_.backward[t];
      if (task.kind == Task::Kind::kBackward && task.node == node) return static_cast<int>(t);
    }
    return -1;
  }

  template <typename... Values>
  void Report(const char* sentence, const Values&... values) {
    faults_.push_back(fmt::format(fmt::runtime(sentence), values...));
  }

  const Plan& plan_;
  const Graph& graph_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> GradientFaults(const Plan& plan, const PlannedGraph& planned) {
  return GradientChecker(plan, planned.graph).Faults();
}

}  // namespace lockstep
