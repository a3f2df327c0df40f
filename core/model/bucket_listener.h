#pragma once

// What the model tells while a backward pass goes on. Implemented by the gradient reducer.

namespace lockstep {

class BucketListener {
 public:
  virtual ~BucketListener() = default;
  /// All gradients of `bucket` for shard `shard` have been enqueued on the model's stream.
  virtual void BucketComplete(int bucket, int shard) = 0;
};

}  // namespace lockstep
