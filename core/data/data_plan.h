#pragma once

// Which record is which sample: the stateless plan of the whole run. The stream of samples is
// endless; sample n is position n % N of epoch n / N. So a run's place in its data is one number,
// the samples consumed.

#include <cstdint>

namespace lockstep {

struct DataPlanOptions {
  std::uint64_t seed = 0;
  std::int64_t records = 0;  ///< N, of the data set
  std::int64_t batch = 0;    ///< B, the global batch
  int shards = 1;            ///< S, equal parts of the batch
  bool shuffle = true;       ///< false: position p of an epoch is record p
};

/// A value; thread-safe. No batch is padded, nothing is dropped or seen twice in an epoch.
class DataPlan {
 public:
  /// Throws ConfigError unless records, batch and shards are at least 1 and the shards are equal.
  explicit DataPlan(const DataPlanOptions& options);

  std::int64_t records() const { return options_.records; }
  std::int64_t batch() const { return options_.batch; }
  int shards() const { return options_.shards; }
  /// Samples of one shard: B / S.
  std::int64_t shard_size() const { return options_.batch / options_.shards; }

  /// The record behind sample `sample` of the endless stream; O(1).
  std::int64_t RecordOf(std::uint64_t sample) const;
  /// The first sample of a shard: step * B + shard * B / S.
  std::uint64_t FirstSample(std::uint64_t step, int shard) const;
  /// Samples consumed when `steps` steps are done.
  std::uint64_t SamplesAfter(std::uint64_t steps) const;

  /// ceil(E N / B). Throws ConfigError unless `epochs` is finite and above 0.
  std::int64_t StepsForEpochs(double epochs) const;
  /// ceil(samples / B).
  std::int64_t StepsForSamples(std::int64_t samples) const;

 private:
  DataPlanOptions options_;
};

}  // namespace lockstep
