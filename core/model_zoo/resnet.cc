#include "core/model_zoo/resnet.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace lockstep {
namespace {

/// Blocks in each of the four layers, by depth (He et al. 2015, table 1).
std::array<int, 4> BlocksOf(int depth) {
  switch (depth) {
    case 18:
      return {2, 2, 2, 2};
    case 34:
    case 50:
      return {3, 4, 6, 3};
    case 101:
      return {3, 4, 23, 3};
    case 152:
      return {3, 8, 36, 3};
    default:
      throw std::invalid_argument(fmt::format("there is no ResNet of depth {}", depth));
  }
}

bool HasBottlenecks(int depth) { return depth >= 50; }

struct Convolution {
  int channels = 0;
  int kernel = 1;
  int stride = 1;
};

/// One residual block. `channels` are those of its narrow convolutions.
struct Block {
  std::string name;
  int channels = 0;
  int stride = 1;
};

/// Appends nodes, each behind the one before it unless told otherwise, and knows the channels
/// there.
class ResNetBuilder {
 public:
  ResNetBuilder(int depth, const ModelConfig& model)
      : bottlenecks_(HasBottlenecks(depth)), model_(model) {}

  void AddStem(ResNetStem stem) {
    const bool large = stem == ResNetStem::kImageNet;
    AddConvolution("conv1", large ? Convolution{64, 7, 2} : Convolution{64, 3, 1});
    AddNorm("bn1");
    AddNode("relu").mutable_relu();
    if (!large) return;
    MaxPool& pool = *AddNode("maxpool").mutable_max_pool();
    pool.set_kernel(3);
    pool.set_stride(2);
    pool.set_padding(1);
  }

  void AddBlock(const Block& block) {
    const std::string input = last_;
    const int in_channels = channels_;
    if (bottlenecks_) {
      AddBottleneckBranch(block);
    } else {
      AddBasicBranch(block);
    }
    const std::string branch = last_;
    std::string shortcut = input;
    if (block.stride != 1 || in_channels != channels_) shortcut = AddProjection(block, input);
    NodeDef& add = AddNode(block.name + ".add");
    add.mutable_add();
    add.add_input(branch);
    add.add_input(shortcut);
    AddNode(fmt::format("{}.relu{}", block.name, bottlenecks_ ? 3 : 2)).mutable_relu();
  }

  GraphConfig Finish() {
    AddNode("avgpool").mutable_global_avg_pool();
    AddNode("flatten").mutable_flatten();
    AddNode("fc").mutable_dense()->set_units(model_.classes());
    return std::move(graph_);
  }

 private:
  NodeDef& AddNode(const std::string& name) {
    NodeDef& node = *graph_.add_node();
    node.set_name(name);
    last_ = name;
    return node;
  }

  NodeDef& AddConvolution(const std::string& name, const Convolution& convolution) {
    NodeDef& node = AddNode(name);
    Conv2d& op = *node.mutable_conv2d();
    op.set_channels(convolution.channels);
    op.set_kernel(convolution.kernel);
    op.set_stride(convolution.stride);
    op.set_padding(convolution.kernel / 2);
    op.set_bias(false);
    op.mutable_initializer()->set_type(Initializer::KAIMING_NORMAL);
    channels_ = convolution.channels;
    return node;
  }

  BatchNorm& AddNorm(const std::string& name) { return *AddNode(name).mutable_batch_norm(); }

  /// conv<number>, bn<number> and relu<number> of a block.
  void AddLayer(const Block& block, int number, const Convolution& convolution) {
    AddConvolution(fmt::format("{}.conv{}", block.name, number), convolution);
    AddNorm(fmt::format("{}.bn{}", block.name, number));
    AddNode(fmt::format("{}.relu{}", block.name, number)).mutable_relu();
  }

  /// As AddLayer, without the ReLU: the shortcut is added before it.
  void AddLastLayer(const Block& block, int number, const Convolution& convolution) {
    AddConvolution(fmt::format("{}.conv{}", block.name, number), convolution);
    BatchNorm& norm = AddNorm(fmt::format("{}.bn{}", block.name, number));
    if (model_.zero_init_residual()) norm.set_zero_init(true);
  }

  void AddBasicBranch(const Block& block) {
    AddLayer(block, 1, {block.channels, 3, block.stride});
    AddLastLayer(block, 2, {block.channels, 3, 1});
  }

  void AddBottleneckBranch(const Block& block) {
    AddLayer(block, 1, {block.channels, 1, 1});
    AddLayer(block, 2, {block.channels, 3, block.stride});
    AddLastLayer(block, 3, {4 * block.channels, 1, 1});
  }

  /// The shortcut of a block whose output has another shape than its input. Returns its last node.
  std::string AddProjection(const Block& block, const std::string& input) {
    AddConvolution(block.name + ".downsample.0", {channels_, 1, block.stride}).add_input(input);
    AddNorm(block.name + ".downsample.1");
    return last_;
  }

  bool bottlenecks_;
  const ModelConfig& model_;
  GraphConfig graph_;
  std::string last_;
  int channels_ = 0;
};

}  // namespace

GraphConfig ResNet(int depth, ResNetStem stem, const ModelConfig& model) {
  const std::array<int, 4> blocks = BlocksOf(depth);
  ResNetBuilder builder(depth, model);
  builder.AddStem(stem);
  for (int layer = 0; layer < 4; ++layer) {
    for (int block = 0; block < blocks[static_cast<std::size_t>(layer)]; ++block) {
      const int stride = layer > 0 && block == 0 ? 2 : 1;
      builder.AddBlock({fmt::format("layer{}.{}", layer + 1, block), 64 << layer, stride});
    }
  }
  return builder.Finish();
}

}  // namespace lockstep
