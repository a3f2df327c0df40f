#include <fmt/format.h>

#include <random>
#include <string>

#include "core/graph/graph_builder.h"
#include "tests/core/parse_message.h"
#include "tests/core/plan/planned_graph.h"

namespace lockstep {
namespace {

class RandomGraphBuilder {
 public:
  explicit RandomGraphBuilder(std::uint32_t seed)
      : random_(seed), builder_({6, 6, 2}, 3, DataType::kF32) {
    Append("input_normalization { mean: [0, 0] std: [1, 1] }", {Graph::kImages});
  }

  PlannedGraph Build() {
    for (int count = Draw(1, 24); count > 0; --count) AppendAny();
    Graph graph = builder_.Finish(JoinUnread(), LossConfig());
    std::vector<OpNeeds> needs;
    for (const Node& node : graph.nodes) needs.push_back(DrawNeeds(node));
    return {std::move(graph), std::move(needs)};
  }

 private:
  int Draw(int low, int high) { return low + static_cast<int>(random_() % (1u + high - low)); }
  bool Toss() { return Draw(0, 1) == 1; }

  int Append(const std::string& op, std::vector<int> inputs) {
    for (int input : inputs) read_.at(static_cast<std::size_t>(input)) = true;
    read_.push_back(false);
    const std::string def = fmt::format("name: 'n{}' {}", builder_.graph().nodes.size(), op);
    return builder_.Append(ParseMessage<NodeDef>(def), std::move(inputs));
  }

  const Shape& ShapeOf(int value) const {
    return builder_.graph().values[static_cast<std::size_t>(value)].shape;
  }

  int DrawValue() {
    return Draw(Graph::kSources, static_cast<int>(builder_.graph().values.size()) - 1);
  }

  void AppendAny() {
    const int input = DrawValue();
    switch (Draw(0, 5)) {
      case 0:
        Append(fmt::format("conv2d {{ channels: {} kernel: 3 padding: 1 }}", Draw(1, 5)), {input});
        break;
      case 1:
        Append("relu {}", {input});
        break;
      case 2:
        Append("max_pool { kernel: 3 stride: 1 padding: 1 }", {input});
        break;
      case 3:
        Append(Toss() ? "dropout { rate: 0 }" : "dropout { rate: 0.5 }", {input});
        break;
      default:
        AppendAdd(input);
    }
  }

  // Adds values of one shape; a value may be read twice.
  void AppendAdd(int input) {
    std::vector<int> inputs = {input};
    for (int tries = 0; tries < 4; ++tries) {
      const int other = DrawValue();
      if (ShapeOf(other) == ShapeOf(input)) inputs.push_back(other);
    }
    if (inputs.size() < 2) inputs.push_back(input);
    Append("add {}", inputs);
  }

  // Every value must be read in the end: those that are not get a head each, and the heads are
  // added.
  int JoinUnread() {
    std::vector<int> heads;
    const int trunk_end = static_cast<int>(builder_.graph().values.size());
    for (int value = Graph::kSources; value < trunk_end; ++value) {
      if (read_[static_cast<std::size_t>(value)]) continue;
      heads.push_back(Append("dense { units: 4 }", {Append("flatten {}", {value})}));
    }
    return heads.size() == 1 ? heads[0] : Append("add {}", heads);
  }

  OpNeeds DrawNeeds(const Node& node) {
    OpNeeds needs;
    if (node.schema.is_view) return needs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      needs.backward_reads_input.push_back(Toss());
    needs.backward_reads_output = Toss();
    needs.saved_bytes = Toss() ? static_cast<std::size_t>(Draw(1, 500)) : 0;
    needs.scratch_bytes = static_cast<std::size_t>(Draw(0, 500));
    needs.prepared_bytes = static_cast<std::size_t>(Draw(0, 500));
    return needs;
  }

  std::mt19937 random_;
  GraphBuilder builder_;
  std::vector<bool> read_ = std::vector<bool>(Graph::kSources, true);
};

}  // namespace

PlannedGraph RandomGraph(std::uint32_t seed) { return RandomGraphBuilder(seed).Build(); }

}  // namespace lockstep
