#include "core/random/initializer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace lockstep {
namespace {

ParameterSpec Weight(Initializer::Type initializer) {
  ParameterSpec weight;
  weight.name = "weight";
  weight.initializer = initializer;
  weight.fan_in = 100;
  weight.fan_out = 50;
  return weight;
}

std::vector<float> Draw(const ParameterSpec& parameter, const InitialDraw& draw,
                        std::size_t elements) {
  std::vector<float> values(elements, NAN);
  Initialize(parameter, draw, values);
  return values;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments MomentsOf(const std::vector<float>& values) {
  double sum = 0;
  double squares = 0;
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(values.size());
  return {sum / count, std::sqrt(squares / count - sum * sum / (count * count))};
}

TEST(InitializerTest, DrawsPyTorchsUniformDistribution) {
  const auto values = Draw(Weight(Initializer::PYTORCH), {1, 2, 0}, 100000);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*low, -0.1F);
  EXPECT_LT(*low, -0.0999F);
  EXPECT_LE(*high, 0.1F);
  EXPECT_GT(*high, 0.0999F);
  EXPECT_NEAR(MomentsOf(values).mean, 0, 0.001);
  EXPECT_NEAR(MomentsOf(values).deviation, 0.1 / std::sqrt(3.0), 0.0005);
}

TEST(InitializerTest, DrawsHesNormalDistributionFromFanOut) {
  const auto values = Draw(Weight(Initializer::KAIMING_NORMAL), {1, 2, 0}, 100000);
  EXPECT_NEAR(MomentsOf(values).mean, 0, 0.003);
  EXPECT_NEAR(MomentsOf(values).deviation, std::sqrt(2.0 / 50), 0.002);
  const auto within = std::count_if(values.begin(), values.end(),
                                    [](float value) { return std::abs(value) < 0.2F; });
  EXPECT_NEAR(static_cast<double>(within) / 100000, 0.6827, 0.01);
}

TEST(InitializerTest, DrawsBiasesUniformlyWhereWeightsAreNormal) {
  ParameterSpec bias = Weight(Initializer::KAIMING_NORMAL);
  bias.kind = ParameterKind::kSmallWeight;
  for (const float value : Draw(bias, {1, 2, 1}, 1000)) EXPECT_LE(std::abs(value), 0.1F);
}

TEST(InitializerTest, StartsZerosOnesAndControlWordsAtTheirConstant) {
  const std::vector<float> zeros(10, 0.0F);
  EXPECT_EQ(Draw(Weight(Initializer::ZERO), {1, 2, 0}, 10), zeros);
  EXPECT_EQ(Draw(Weight(Initializer::ONE), {1, 2, 0}, 10), std::vector<float>(10, 1.0F));
  ParameterSpec control = Weight(Initializer::PYTORCH);
  control.kind = ParameterKind::kControl;
  EXPECT_EQ(Draw(control, {1, 2, 0}, 10), zeros);
}

TEST(InitializerTest, DrawsAnyPartAsItStandsInTheWhole) {
  for (const auto type : {Initializer::PYTORCH, Initializer::KAIMING_NORMAL}) {
    const auto whole = Draw(Weight(type), {1, 2, 0}, 100);
    const auto part = Draw(Weight(type), {1, 2, 0, 37}, 20);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 37));
  }
}

TEST(InitializerTest, DiffersBySeedNodeAndParameter) {
  const auto spec = Weight(Initializer::PYTORCH);
  const auto values = Draw(spec, {1, 2, 0}, 8);
  EXPECT_NE(Draw(spec, {2, 2, 0}, 8), values);
  EXPECT_NE(Draw(spec, {1, 3, 0}, 8), values);
  EXPECT_NE(Draw(spec, {1, 2, 1}, 8), values);
}

TEST(InitializerTest, RefusesAParameterWithoutItsFan) {
  ParameterSpec spec = Weight(Initializer::PYTORCH);
  spec.fan_in = 0;
  EXPECT_THROW(Draw(spec, {1, 2, 0}, 8), std::logic_error);
}

}  // namespace
}  // namespace lockstep
