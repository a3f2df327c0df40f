#include "launcher/argument_list.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Words = std::vector<std::string>;

TEST(ArgumentListTest, ReplacesAnOptionInEitherSpellingAndAddsAnAbsentOne) {
  const Words wanted = {"train", "a", "--json", "--resume", "auto"};
  EXPECT_EQ(WithOption({"train", "--resume", "none", "a", "--json"}, "--resume", "auto"), wanted);
  EXPECT_EQ(WithOption({"train", "a", "--resume=step-7", "--json"}, "--resume", "auto"), wanted);
  EXPECT_EQ(WithOption({"train", "a", "--json"}, "--resume", "auto"), wanted);
  EXPECT_EQ(WithOption(wanted, "--resume", "auto"), wanted);
}

TEST(ArgumentListTest, LeavesOptionsThatBeginAlike) {
  EXPECT_EQ(WithOption({"--run-dirs", "x"}, "--run-dir", "y"),
            (Words{"--run-dirs", "x", "--run-dir", "y"}));
}

}  // namespace
}  // namespace lockstep
