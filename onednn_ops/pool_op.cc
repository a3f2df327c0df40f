#include "onednn_ops/pool_op.h"

#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

// MaxPool and AvgPool have the same fields.
template <typename Settings>
PoolWindows WindowsOf(const Settings& settings) {
  return {settings.kernel(), settings.kernel(),
          settings.stride() == 0 ? settings.kernel() : settings.stride(), settings.padding()};
}

PoolWindows WindowsOf(const NodeSpec& node) {
  if (node.def.has_max_pool()) {
    return WindowsOf(node.def.max_pool());
  }
  if (node.def.has_avg_pool()) {
    return WindowsOf(node.def.avg_pool());
  }
  return {node.inputs[0][1], node.inputs[0][2]};
}

DataType PositionType(const Pooling& pooling) {
  return pooling.windows().places() <= kPlacesInByte ? DataType::kU8 : DataType::kI32;
}

}  // namespace

PoolOp::PoolOp(const NodeSpec& node)
    : pooling_(node.inputs[0], node.schema.output, WindowsOf(node)),
      is_max_(node.def.has_max_pool()),
      saves_positions_(is_max_ && node.phase == Phase::kTrain && node.input_needs_gradient[0]) {}

OpNeeds PoolOp::Needs() const {
  OpNeeds needs;
  needs.backward_reads_input = {false};
  if (saves_positions_) {
    const std::int64_t outputs = pooling_.window_rows() * pooling_.window_row_elements();
    needs.saved_bytes = static_cast<std::size_t>(outputs) * SizeOf(PositionType(pooling_));
  }
  return needs;
}

void PoolOp::Bind(const OpBuffers& buffers) {
  forward_ = {buffers.inputs[0], buffers.output, Tensor()};
  if (saves_positions_) {
    forward_.positions =
        Tensor(buffers.saved.data(), buffers.output.shape(), PositionType(pooling_));
  }
  if (!buffers.d_inputs.empty()) {
    backward_ = {buffers.d_inputs[0], buffers.d_output, forward_.positions};
  }
}

void PoolOp::Forward(Stream& stream, Phase /*phase*/) {
  CpuStreamOf(stream).Enter();
  const auto pool = is_max_ ? MaxPoolForward : MeanPoolForward;
  const std::int64_t reads = pooling_.window_row_elements() * pooling_.windows().places();
  SplitUnits(pooling_.window_rows(), reads,
             [&](ElementRange rows) { pool(pooling_, forward_, rows); });
}

void PoolOp::Backward(Stream& stream) {
  if (!backward_.image.present()) {
    return;
  }
  CpuStreamOf(stream).Enter();
  const auto pool = is_max_ ? MaxPoolBackward : MeanPoolBackward;
  SplitUnits(pooling_.image_rows(), pooling_.image_row_elements(),
             [&](ElementRange rows) { pool(pooling_, backward_, rows); });
}

}  // namespace lockstep
