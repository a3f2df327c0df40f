#include "core/graph/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

const std::vector<std::string> kPresets = {"lenet", "resnet18", "resnet18_cifar", "resnet50"};

TEST(NearestNameTest, FindsOneWrongLetter) {
  EXPECT_EQ(NearestName("lenst", kPresets), "lenet");
  EXPECT_EQ(NearestName("resnet_50", kPresets), "resnet50");
  EXPECT_EQ(NearestName("resnet18_cfiar", kPresets), "resnet18_cifar");
}

TEST(NearestNameTest, PrefersTheFirstOfEquals) {
  EXPECT_EQ(NearestName("aa", std::vector<std::string>{"ab", "ac"}), "ab");
}

TEST(NearestNameTest, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(NearestName("transformer", kPresets), "");
  EXPECT_EQ(NearestName("lenet", {}), "");
}

TEST(NearestNameTest, EndsASentence) {
  EXPECT_EQ(DidYouMean("lenst", kPresets), ", did you mean 'lenet'?");
  EXPECT_EQ(DidYouMean("transformer", kPresets), "");
}

}  // namespace
}  // namespace lockstep
