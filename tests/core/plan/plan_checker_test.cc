// Negative controls: a plan is spoilt in one way at a time, and the checker must see it.

#include "tests/core/plan/plan_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class PlanCheckerTest : public testing::Test {
 protected:
  PlanCheckerTest() {
    PlanOptions options;
    options.ranks = 2;
    options.bucket_elements = 20000;
    plan_ = MakePlan(planned_.graph, planned_.needs, options);
  }

  std::vector<std::string> Memory() const { return MemoryFaults(plan_, planned_); }
  std::vector<std::string> Gradients() const { return GradientFaults(plan_, planned_); }

  PlannedGraph planned_ = LeNetGraph(8);
  Plan plan_;
};

TEST_F(PlanCheckerTest, PassesAGoodPlan) {
  EXPECT_THAT(Memory(), IsEmpty());
  EXPECT_THAT(Gradients(), IsEmpty());
  ASSERT_GT(plan_.buckets.size(), 1u);
}

TEST_F(PlanCheckerTest, SeesASlotShiftedOntoAnother) {
  Slot* behind = nullptr;
  for (Slot& slot : plan_.slots) {
    if (slot.offset > 0 && slot.first_task == 0) behind = &slot;
  }
  ASSERT_NE(behind, nullptr);
  behind->offset -= 64;
  EXPECT_THAT(Memory(), Contains(HasSubstr("live together and overlap")));
}

TEST_F(PlanCheckerTest, SeesASlotOffItsAlignment) {
  plan_.slots.back().offset += 4;
  EXPECT_THAT(Memory(), Contains(HasSubstr("not aligned")));
}

TEST_F(PlanCheckerTest, SeesASlotOutsideTheArena) {
  plan_.arena_bytes -= 64;
  EXPECT_THAT(Memory(), Contains(HasSubstr("leaves the arena")));
}

TEST_F(PlanCheckerTest, SeesALifetimeThatEndsEarly) {
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    Plan good = plan_;
    plan_.slots[i].last_task -= 1;
    EXPECT_THAT(Memory(), Contains(HasSubstr("outside its lifetime"))) << "slot " << i;
    plan_ = good;
  }
}

TEST_F(PlanCheckerTest, SeesALifetimeThatBeginsLate) {
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    Plan good = plan_;
    plan_.slots[i].first_task += 1;
    EXPECT_THAT(Memory(), Contains(HasSubstr("outside its lifetime"))) << "slot " << i;
    plan_ = good;
  }
}

TEST_F(PlanCheckerTest, SeesAMissingSlot) {
  plan_.slots.pop_back();
  EXPECT_THAT(Memory(), Contains(HasSubstr("finds 0 slots")));
}

TEST_F(PlanCheckerTest, SeesParametersThatOverlap) {
  plan_.parameters[2].offset = plan_.parameters[0].offset;
  EXPECT_THAT(Gradients(), Contains(HasSubstr("overlap")));
}

TEST_F(PlanCheckerTest, SeesAParameterWithinABlock) {
  plan_.parameters[0].offset += 1;
  EXPECT_THAT(Gradients(), Contains(HasSubstr("begins within a block")));
}

TEST_F(PlanCheckerTest, SeesAParameterLeftOut) {
  plan_.parameters.pop_back();
  EXPECT_THAT(Gradients(), Contains(HasSubstr("parameters are planned")));
}

TEST_F(PlanCheckerTest, SeesARegionThatCannotBeCut) {
  plan_.ranks = 3;
  EXPECT_THAT(Gradients(), Contains(HasSubstr("cannot be cut into slices")));
}

TEST_F(PlanCheckerTest, SeesABucketAtTheWrongTask) {
  plan_.backward.front().completes.swap(plan_.backward.back().completes);
  EXPECT_THAT(Gradients(), Contains(HasSubstr("completes")));
}

TEST_F(PlanCheckerTest, SeesABucketThatNeverCompletes) {
  plan_.backward.back().completes.clear();
  EXPECT_THAT(Gradients(), Contains(HasSubstr("buckets complete")));
}

}  // namespace
}  // namespace lockstep
