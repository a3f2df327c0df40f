// Every recipe that is shipped is valid and makes a model for the images of its data format.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "core/config/load_config.h"
#include "core/config/validate_config.h"
#include "core/graph/graph.h"

namespace lockstep {
namespace {

std::vector<std::filesystem::path> Recipes() {
  std::vector<std::filesystem::path> recipes;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSTEP_SOURCE_DIR "/configs")) {
    if (entry.path().extension() == ".textproto") recipes.push_back(entry.path());
  }
  return recipes;
}

ImageShape ImagesOf(const Config& recipe) {
  return recipe.data().format() == DataConfig::IDX ? ImageShape{28, 28, 1} : ImageShape{32, 32, 3};
}

TEST(RecipesTest, AreValid) {
  ASSERT_GE(Recipes().size(), 4U);
  for (const auto& path : Recipes()) {
    const Config recipe = LoadConfig(path, {});
    EXPECT_NO_THROW(ValidateConfig(recipe)) << path;
    EXPECT_THAT(Warnings(recipe), testing::IsEmpty()) << path;
    EXPECT_NO_THROW(BuildGraph(recipe, ImagesOf(recipe), recipe.batch() / recipe.shards())) << path;
  }
}

}  // namespace
}  // namespace lockstep
