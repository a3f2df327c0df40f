#include "core/data/stage_buffer.h"

#include "core/data/dataset.h"
#include "core/device/step_input.h"

namespace lockstep {

namespace {

std::size_t Aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// Hands out the ranges of a buffer one behind the other.
class Cursor {
 public:
  explicit Cursor(const Buffer& buffer) : buffer_(buffer) {}

  Tensor Take(Shape shape, DataType type) {
    const Tensor view = buffer_.View(offset_, shape, type);
    offset_ += Aligned(view.bytes());
    return view;
  }

 private:
  const Buffer& buffer_;
  std::size_t offset_ = 0;
};

std::size_t ShardBytes(const StageShape& shape) {
  const auto samples = static_cast<std::size_t>(shape.shard_size);
  return Aligned(samples * BytesOf(shape.images)) + Aligned(samples * sizeof(std::int32_t)) +
         Aligned(samples * sizeof(float)) + Aligned(sizeof(StepInput));
}

}  // namespace

StageBuffer::StageBuffer(Backend& backend, const StageShape& shape, int index)
    : buffer_(
          backend.AllocateHost(static_cast<std::size_t>(shape.shards.size()) * ShardBytes(shape))) {
  stage_.index = index;
  Cursor cursor(buffer_);
  const std::int64_t n = shape.shard_size;
  for (int position = shape.shards.first; position < shape.shards.last; ++position) {
    Shard shard;
    shard.position = position;
    shard.images = cursor.Take(
        Shape{n, shape.images.height, shape.images.width, shape.images.channels}, DataType::kU8);
    shard.labels = cursor.Take(Shape{n}, DataType::kI32);
    shard.sample_weights = cursor.Take(Shape{n}, DataType::kF32);
    shard.step_input =
        cursor.Take(Shape{static_cast<std::int64_t>(sizeof(StepInput))}, DataType::kU8);
    stage_.shards.push_back(shard);
  }
}

}  // namespace lockstep
