// The plan's memory is only a matter of place: a pass gives the bits that it gives with a buffer
// for each tensor, and reads nothing that it has not written.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "tests/core/parse_message.h"
#include "tests/launcher/planned_model.h"

namespace lockstep {
namespace {

Config LeNetWithDropout() {
  return ParseMessage<Config>("batch: 8 shards: 1 model { preset: 'lenet' dropout: 0.25 }");
}

/// A value with three consumers, one of them behind a view; a view with two; an addition as the
/// last node.
Config Branching() {
  return ParseMessage<Config>(R"(
    batch: 8 shards: 1
    model { graph {
      node { name: 'stem' conv2d { channels: 8 kernel: 5 stride: 2 padding: 2 } }
      node { name: 'trunk' relu {} }
      node { name: 'branch' conv2d { channels: 8 kernel: 3 padding: 1 } }
      node { name: 'join' input: 'branch' input: 'trunk' add {} }
      node { name: 'joined' relu {} }
      node { name: 'pool' global_avg_pool {} }
      node { name: 'features' flatten {} }
      node { name: 'left' dense { units: 10 } }
      node { name: 'right' input: 'features' dense { units: 10 } }
      node { name: 'flat' input: 'trunk' flatten {} }
      node { name: 'wide' dense { units: 10 } }
      node { name: 'logits' input: 'left' input: 'right' input: 'wide' add {} }
    } })");
}

struct Network {
  std::string name;
  Config config;

  friend void PrintTo(const Network& network, std::ostream* out) { *out << network.name; }
};

class PlannedMemoryTest : public testing::TestWithParam<Network> {
 protected:
  const Config& config() const { return GetParam().config; }
};

TEST_P(PlannedMemoryTest, GivesTheBitsOfOneBufferATensor) {
  PlannedModel planned(config());
  PlannedModel spread(config(), {.reuse_memory = false, .change_plan = {}});
  ASSERT_LT(planned.plan().arena_bytes, spread.plan().arena_bytes);
  EXPECT_TRUE(planned.Run() == spread.Run());
}

TEST_P(PlannedMemoryTest, GivesTheSameBitsWhatTheMemoryHeldBefore) {
  PlannedModel model(config());
  const PassBits expected = model.Run();
  EXPECT_TRUE(model.Run() == expected) << "a second time";
  model.Poison();
  EXPECT_TRUE(model.Run() == expected) << "memory full of NaN";
}

/// Whether `early` is read again after `late` has been written.
bool NeededAcross(const Slot& early, const Slot& late) {
  return early.first_task < late.first_task && late.first_task < early.last_task;
}

/// A ReLU's backward pass asks where its output is above 0. Dropout in its place answers the same
/// wherever it matters: where it dropped, the gradient is 0.
bool MayShareItsInput(const Graph& graph, const Slot& slot) {
  if (slot.kind != Slot::Kind::kValue || slot.value < Graph::kSources) return false;
  return graph.nodes[static_cast<std::size_t>(slot.value - Graph::kSources)].def.has_dropout();
}

/// Slots of numbers that only ops read. What else is clobbered may send an op out of its memory:
/// labels are indices, and so is what pooling saves.
bool IsComputed(const Slot& slot) {
  return slot.kind != Slot::Kind::kSaved &&
         !(slot.kind == Slot::Kind::kValue && slot.value < Graph::kSources);
}

struct Overlap {
  std::size_t early = 0;
  std::size_t late = 0;
};

std::vector<Overlap> HarmfulOverlaps(const Graph& graph, const Plan& plan) {
  std::vector<Overlap> found;
  for (std::size_t early = 0; early < plan.slots.size(); ++early) {
    for (std::size_t late = 0; late < plan.slots.size(); ++late) {
      const Slot& first = plan.slots[early];
      const Slot& second = plan.slots[late];
      if (!IsComputed(first) || second.bytes > first.bytes) continue;
      if (MayShareItsInput(graph, second)) continue;
      if (NeededAcross(first, second)) found.push_back({early, late});
    }
  }
  return found;
}

TEST_P(PlannedMemoryTest, AnySlotOnTopOfALiveOneGivesOtherBits) {
  PlannedModel spread(config(), {.reuse_memory = false, .change_plan = {}});
  const PassBits expected = spread.Run();
  const std::vector<Overlap> overlaps = HarmfulOverlaps(spread.graph(), spread.plan());
  ASSERT_GT(overlaps.size(), 10U);
  for (const Overlap& overlap : overlaps) {
    PlannedModel broken(config(), {.reuse_memory = false, .change_plan = [&](Plan& plan) {
                                     plan.slots[overlap.late].offset =
                                         plan.slots[overlap.early].offset;
                                   }});
    EXPECT_FALSE(broken.Run() == expected)
        << "slot " << overlap.late << " on slot " << overlap.early;
  }
}

/// The element of a parameter whose gradient is largest.
std::size_t SteepestElement(std::span<const float> gradients) {
  const auto smaller = [](float a, float b) { return std::abs(a) < std::abs(b); };
  return static_cast<std::size_t>(std::max_element(gradients.begin(), gradients.end(), smaller) -
                                  gradients.begin());
}

/// (loss(w + h) - loss(w - h)) / 2h
double CentralDifference(PlannedModel& model, float& weight) {
  constexpr float kStep = 1.0F / 256;
  const float before = weight;
  weight = before + kStep;
  const double above = model.Loss();
  weight = before - kStep;
  const double below = model.Loss();
  weight = before;
  return (above - below) / (2 * double{kStep});
}

TEST_P(PlannedMemoryTest, GradientsAreTheSlopesOfTheLoss) {
  PlannedModel model(config());
  model.Run();
  for (const ParameterPlace& place : model.plan().parameters) {
    if (place.kind == ParameterKind::kControl) continue;
    const std::size_t steepest = SteepestElement(model.GradientsOf(place));
    const double gradient = model.GradientsOf(place)[steepest];
    const double slope = CentralDifference(model, model.WeightsOf(place)[steepest]);
    EXPECT_GT(std::abs(gradient), 1e-3) << place.name;
    // The kinks of ReLU and of the pooled maximum bend the loss within the step.
    EXPECT_NEAR(gradient, slope, 0.05 * std::abs(gradient) + 1e-4) << place.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, PlannedMemoryTest,
                         testing::Values(Network{"LeNet", LeNetWithDropout()},
                                         Network{"Branching", Branching()}),
                         [](const auto& network) { return network.param.name; });

}  // namespace
}  // namespace lockstep
