#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/device/step_input.h"
#include "core/errors.h"
#include "core/graph/op_schema.h"
#include "tests/core/parse_message.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

OpSchema Infer(const std::string& op, const std::vector<Shape>& inputs) {
  return InferSchema(ParseMessage<NodeDef>("name: 'n' " + op), inputs);
}

std::string ErrorOf(const std::string& op, const std::vector<Shape>& inputs) {
  return ThrownMessage<ConfigError>([&] { Infer(op, inputs); });
}

const std::vector<Shape> kImage = {Shape{8, 28, 20, 6}};

/// An op whose settings are wrong, and what the message must name.
struct Fault {
  std::string op;
  std::vector<Shape> inputs;
  std::string field;
  std::string expected;
  std::string got;
};

void ExpectNamed(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    EXPECT_THAT(ErrorOf(fault.op, fault.inputs),
                AllOf(HasSubstr("node 'n', " + fault.field + ": expected"),
                      HasSubstr(fault.expected), HasSubstr("got " + fault.got)))
        << fault.op;
  }
}

TEST(InferConv2dTest, FollowsTheFormulaOfTheWindow) {
  EXPECT_EQ(Infer("conv2d { channels: 12 kernel: 5 }", kImage).output, (Shape{8, 24, 16, 12}));
  EXPECT_EQ(Infer("conv2d { channels: 12 kernel: 7 stride: 2 padding: 3 }", kImage).output,
            (Shape{8, 14, 10, 12}));
  EXPECT_EQ(Infer("conv2d { channels: 1 kernel: 3 dilation: 4 }", kImage).output,
            (Shape{8, 20, 12, 1}));
  EXPECT_EQ(Infer("conv2d { channels: 1 kernel: 1 kernel_width: 3 }", kImage).output,
            (Shape{8, 28, 18, 1}));
}

TEST(InferConv2dTest, HoldsWeightsAsKrscAndFilesAsOihw) {
  const OpSchema schema =
      Infer("conv2d { channels: 12 kernel: 5 kernel_width: 3 groups: 2 }", kImage);
  ASSERT_EQ(schema.parameters.size(), 2u);
  const ParameterSpec& weight = schema.parameters[0];
  EXPECT_EQ(weight.name, "weight");
  EXPECT_EQ(weight.kind, ParameterKind::kWeight);
  EXPECT_EQ(weight.shape, (Shape{12, 5, 3, 3}));
  EXPECT_EQ(weight.layout, (FileLayout{Shape{12, 5, 3, 3}, Shape{12, 3, 5, 3}}));
  const ParameterSpec& bias = schema.parameters[1];
  EXPECT_EQ(bias.name, "bias");
  EXPECT_EQ(bias.kind, ParameterKind::kSmallWeight);
  EXPECT_EQ(bias.shape, (Shape{12}));
  EXPECT_EQ(bias.layout, (FileLayout{Shape(), Shape{12}}));
}

// Fans as computed by torch.nn.init._calculate_fan_in_and_fan_out for Conv2d(6, 12, (5, 3),
// groups=2).
TEST(InferConv2dTest, CountsFansAsPyTorchDoes) {
  const OpSchema schema =
      Infer("conv2d { channels: 12 kernel: 5 kernel_width: 3 groups: 2 }", kImage);
  EXPECT_EQ(schema.parameters[0].fan_in, 45);
  EXPECT_EQ(schema.parameters[0].fan_out, 180);
  EXPECT_EQ(schema.parameters[1].fan_in, 45);
}

TEST(InferConv2dTest, StartsBiasesAsPyTorchUnlessWeightsStartAtZero) {
  const auto initializers = [](const std::string& type) {
    const OpSchema schema =
        Infer("conv2d { channels: 1 kernel: 1 initializer { type: " + type + " } }", kImage);
    return std::vector<int>{schema.parameters[0].initializer, schema.parameters[1].initializer};
  };
  EXPECT_EQ(initializers("PYTORCH"),
            (std::vector<int>{Initializer::PYTORCH, Initializer::PYTORCH}));
  EXPECT_EQ(initializers("KAIMING_NORMAL"),
            (std::vector<int>{Initializer::KAIMING_NORMAL, Initializer::PYTORCH}));
  EXPECT_EQ(initializers("ZERO"), (std::vector<int>{Initializer::ZERO, Initializer::ZERO}));
}

TEST(InferConv2dTest, LeavesOutTheBiasWhereAsked) {
  EXPECT_EQ(Infer("conv2d { channels: 1 kernel: 1 bias: false }", kImage).parameters.size(), 1u);
}

TEST(InferConv2dTest, CountsFlopsOfAGroupedConvolution) {
  const OpSchema schema = Infer("conv2d { channels: 12 kernel: 5 groups: 2 }", kImage);
  EXPECT_EQ(schema.forward_flops, 2LL * 8 * 24 * 16 * 12 * 5 * 5 * 3);
}

TEST(InferConv2dTest, NamesNodeAndFieldOfAFault) {
  ExpectNamed({
      {"conv2d { kernel: 3 }", kImage, "channels", "at least 1", "none"},
      {"conv2d { channels: 0 kernel: 3 }", kImage, "channels", "at least 1", "0"},
      {"conv2d { channels: 4 }", kImage, "kernel", "at least 1", "none"},
      {"conv2d { channels: 4 kernel: -3 }", kImage, "kernel", "at least 1", "-3"},
      {"conv2d { channels: 4 kernel: 3 kernel_width: 0 }", kImage, "kernel_width", "at least 1",
       "0"},
      {"conv2d { channels: 4 kernel: 3 stride: 0 }", kImage, "stride", "at least 1", "0"},
      {"conv2d { channels: 4 kernel: 3 padding: -1 }", kImage, "padding", "at least 0", "-1"},
      {"conv2d { channels: 4 kernel: 3 dilation: 0 }", kImage, "dilation", "at least 1", "0"},
      {"conv2d { channels: 4 kernel: 3 groups: 0 }", kImage, "groups", "at least 1", "0"},
      {"conv2d { channels: 4 kernel: 3 groups: 4 }", kImage, "groups", "6 input channels", "4"},
      {"conv2d { channels: 4 kernel: 3 groups: 3 }", kImage, "groups", "4 output channels", "3"},
      {"conv2d { channels: 4 kernel: 21 }", kImage, "kernel", "padded input of 20 pixels",
       "a window over 21 pixels"},
      {"conv2d { channels: 2147483647 kernel: 20 }", kImage, "weight", "2^40", "[2147483647, "},
      {"conv2d { channels: 4 kernel: 3 }", {Shape{8, 10}}, "input", "[N, H, W, C]", "[8, 10]"},
      {"conv2d { channels: 4 kernel: 3 }", {kImage[0], kImage[0]}, "input", "1 of them", "2"},
  });
}

TEST(InferPoolTest, TakesTheKernelForAnAbsentStride) {
  EXPECT_EQ(Infer("max_pool { kernel: 2 }", kImage).output, (Shape{8, 14, 10, 6}));
  EXPECT_EQ(Infer("avg_pool { kernel: 3 }", kImage).output, (Shape{8, 9, 6, 6}));
  EXPECT_EQ(Infer("max_pool { kernel: 3 stride: 2 padding: 1 }", kImage).output,
            (Shape{8, 14, 10, 6}));
  EXPECT_EQ(Infer("avg_pool { kernel: 3 stride: 1 padding: 1 }", kImage).output,
            (Shape{8, 28, 20, 6}));
}

TEST(InferPoolTest, HasNoParameters) {
  EXPECT_TRUE(Infer("max_pool { kernel: 2 }", kImage).parameters.empty());
  EXPECT_TRUE(Infer("avg_pool { kernel: 2 }", kImage).parameters.empty());
}

TEST(InferPoolTest, NamesNodeAndFieldOfAFault) {
  for (const std::string pool : {"max_pool", "avg_pool"}) {
    ExpectNamed({
        {pool + " {}", kImage, "kernel", "at least 1", "none"},
        {pool + " { kernel: 0 }", kImage, "kernel", "at least 1", "0"},
        {pool + " { kernel: 2 stride: -1 }", kImage, "stride", "at least 0", "-1"},
        {pool + " { kernel: 2 padding: -1 }", kImage, "padding", "at least 0", "-1"},
        {pool + " { kernel: 3 padding: 2 }", kImage, "padding", "half the kernel, 1", "2"},
        {pool + " { kernel: 21 }", kImage, "kernel", "20 pixels", "a window over 21"},
        {pool + " { kernel: 2 }", {Shape{8, 10}}, "input", "[N, H, W, C]", "[8, 10]"},
        {pool + " { kernel: 2 }", {}, "input", "1 of them", "0"},
    });
  }
}

TEST(InferGlobalAvgPoolTest, LeavesOnePixel) {
  EXPECT_EQ(Infer("global_avg_pool {}", kImage).output, (Shape{8, 1, 1, 6}));
  ExpectNamed({{"global_avg_pool {}", {Shape{8, 10}}, "input", "[N, H, W, C]", "[8, 10]"}});
}

TEST(InferDenseTest, HasWeightsOfUnitsByInputs) {
  const OpSchema schema = Infer("dense { units: 10 }", {Shape{8, 84}});
  EXPECT_EQ(schema.output, (Shape{8, 10}));
  ASSERT_EQ(schema.parameters.size(), 2u);
  EXPECT_EQ(schema.parameters[0].shape, (Shape{10, 84}));
  EXPECT_EQ(schema.parameters[0].layout, (FileLayout{Shape(), Shape{10, 84}}));
  EXPECT_EQ(schema.parameters[0].fan_in, 84);
  EXPECT_EQ(schema.parameters[0].fan_out, 10);
  EXPECT_EQ(schema.parameters[1].shape, (Shape{10}));
  EXPECT_EQ(schema.parameters[1].fan_in, 84);
  EXPECT_EQ(schema.forward_flops, 2 * 8 * 84 * 10);
  EXPECT_EQ(Infer("dense { units: 10 bias: false }", {Shape{8, 84}}).parameters.size(), 1u);
}

TEST(InferDenseTest, NamesNodeAndFieldOfAFault) {
  ExpectNamed({
      {"dense {}", {Shape{8, 84}}, "units", "at least 1", "none"},
      {"dense { units: 0 }", {Shape{8, 84}}, "units", "at least 1", "0"},
      {"dense { units: 10 }", kImage, "input", "put a flatten before it", "[8, 28, 20, 6]"},
      {"dense { units: 2000000000 }", {Shape{8, 1000}}, "weight", "2^40", "[2000000000, 1000]"},
  });
}

TEST(InferElementwiseTest, KeepsTheShape) {
  EXPECT_EQ(Infer("relu {}", kImage).output, kImage[0]);
  EXPECT_EQ(Infer("add {}", {kImage[0], kImage[0], kImage[0]}).output, kImage[0]);
  EXPECT_EQ(Infer("dropout { rate: 0.25 }", {Shape{8, 84}}).output, (Shape{8, 84}));
}

TEST(InferElementwiseTest, NamesNodeAndFieldOfAFault) {
  ExpectNamed({
      {"relu {}", {kImage[0], kImage[0]}, "input", "1 of them", "2"},
      {"add {}", kImage, "input", "two or more", "1"},
      {"add {}", {kImage[0], Shape{8, 28, 20, 5}}, "input", "[8, 28, 20, 6]", "[8, 28, 20, 5]"},
      {"dropout { rate: 1 }", kImage, "rate", "below 1", "1"},
      {"dropout { rate: -0.5 }", kImage, "rate", "at least 0", "-0.5"},
      {"dropout { rate: nan }", kImage, "rate", "at least 0", "nan"},
      {"flatten {}", {Shape{8, 10}}, "input", "[N, H, W, C]", "[8, 10]"},
  });
}

TEST(InferElementwiseTest, SeesFlattenAndIdleDropoutAsViews) {
  const OpSchema flatten = Infer("flatten {}", kImage);
  EXPECT_TRUE(flatten.is_view);
  EXPECT_EQ(flatten.output, (Shape{8, 28 * 20 * 6}));
  EXPECT_TRUE(Infer("dropout { rate: 0 }", kImage).is_view);
  EXPECT_FALSE(Infer("dropout { rate: 0.1 }", kImage).is_view);
  EXPECT_FALSE(Infer("relu {}", kImage).is_view);
}

TEST(InferInputNormalizationTest, TakesOneEntryAChannel) {
  const std::vector<Shape> image = {Shape{8, 4, 4, 2}};
  EXPECT_EQ(Infer("input_normalization { mean: [0.5, 0] std: [1, 2] }", image).output, image[0]);
  ExpectNamed({
      {"input_normalization { mean: [0.5] std: [1, 1] }", image, "mean", "2 channels", "1"},
      {"input_normalization { mean: [0, 0] std: [1] }", image, "std", "2 channels", "1"},
      {"input_normalization { mean: [0, 0] std: [1, 0] }", image, "std", "above 0", "0"},
      {"input_normalization { mean: [0, inf] std: [1, 1] }", image, "mean", "finite", "inf"},
      {"input_normalization { mean: [0, 0] std: [1, inf] }", image, "std", "finite", "inf"},
  });
}

const std::vector<Shape> kLossInputs = {Shape{8, 3}, Shape{8}, Shape{8}};

TEST(InferSoftmaxCrossEntropyTest, CarriesTheControlWords) {
  const OpSchema schema = Infer("softmax_cross_entropy {}", kLossInputs);
  EXPECT_EQ(schema.output, (Shape{kLossSums}));
  ASSERT_EQ(schema.parameters.size(), 1u);
  EXPECT_EQ(schema.parameters[0].name, "control");
  EXPECT_EQ(schema.parameters[0].kind, ParameterKind::kControl);
  EXPECT_EQ(schema.parameters[0].shape, (Shape{kControlWords}));
}

TEST(InferSoftmaxCrossEntropyTest, NamesNodeAndFieldOfAFault) {
  const std::string op = "softmax_cross_entropy ";
  ExpectNamed({
      {op + "{ label_smoothing: 1 }", kLossInputs, "label_smoothing", "below 1", "1"},
      {op + "{ label_smoothing: -0.1 }", kLossInputs, "label_smoothing", "at least 0", "-0.1"},
      {op + "{ class_weight: [1, 1] }", kLossInputs, "class_weight", "3 classes", "2"},
      {op + "{ class_weight: [1, 0, 1] }", kLossInputs, "class_weight", "above 0", "0"},
      {op + "{ class_weight: [1, nan, 1] }", kLossInputs, "class_weight", "finite", "nan"},
      {op + "{}", {Shape{8, 3}}, "input", "3 of them", "1"},
      {op + "{}", {kImage[0], Shape{8}, Shape{8}}, "logits", "[N, classes]", "[8, 28"},
      {op + "{}", {Shape{8, 3}, Shape{7}, Shape{8}}, "labels", "[8]", "[7]"},
      {op + "{}", {Shape{8, 3}, Shape{8}, Shape{8, 1}}, "sample weights", "[8]", "[8, 1]"},
  });
}

TEST(InferSchemaTest, RefusesANodeWithoutOp) {
  EXPECT_THAT(ErrorOf("", kImage), AllOf(HasSubstr("node 'n'"), HasSubstr("expected an op")));
}

}  // namespace
}  // namespace lockstep
