#pragma once

// Fills the input of the next step while this one is computed: two fixed stages, filled in turn by
// worker threads. What it writes is decided by the data plan alone, so any number of threads writes
// the same bytes.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/data/augmentation.h"
#include "core/data/bad_records.h"
#include "core/data/data_plan.h"
#include "core/data/dataset.h"
#include "core/data/stage_buffer.h"
#include "core/data/stage_source.h"

namespace lockstep {

struct LoaderOptions {
  ShardRange shards = {};        ///< of this rank
  int threads = 1;               ///< at least 1
  std::uint64_t first_step = 0;  ///< step of the first Next(): 0, or where a run resumes
  BadRecordOptions bad_records = {};
  Augmentation augmentation = {};  ///< made for the data set's images
};

/// Next() is for one thread. Allocates only when made, but for the list of bad records.
class Loader : public StageSource {
 public:
  /// Begins to fill at once. `dataset` and `backend` outlive the loader. Throws ConfigError for
  /// threads below 1, and as Backend::AllocateHost.
  Loader(const Dataset& dataset, const DataPlan& plan, Backend& backend,
         const LoaderOptions& options);
  /// Waits for the records being read.
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The stage of the next step, until the next call, which gives it back to be filled anew. Each
  /// sample has weight 1. A bad record that is skipped has weight 0 and the pixels and label of its
  /// shard's first good sample (zeros where there is none). A step input has its default values but
  /// for first_sample. Waits for the workers; rethrows what they threw, on this and all later
  /// calls: DataError, IoError.
  const Stage& Next() override;

  /// Both stages, in the order of Stage::index: where a back end captures its copies.
  std::array<const Stage*, 2> stages() const {
    return {&buffers_[0].stage(), &buffers_[1].stage()};
  }
  /// Seconds that Next() has waited.
  double wait_seconds() const { return wait_seconds_; }
  /// Reasons of the records skipped since the last call, for the log.
  std::vector<std::string> TakeBadRecordReasons() { return bad_records_.TakeReasons(); }

 private:
  void StartWorkers();
  void StopWorkers();
  void Work(int worker, std::uint64_t first_step);
  /// False where the loader is being destroyed.
  bool WaitForStage(std::uint64_t step);
  /// Fills the worker's part of the samples.
  void FillPart(std::uint64_t step, int worker);
  void FillSample(std::uint64_t step, const Shard& shard, std::int64_t sample);
  /// Gives skipped samples their stand-ins and writes the step inputs, when all samples are in.
  void FinishStage(std::uint64_t step);
  void GiveBack();

  const Stage& StageOf(std::uint64_t step) const { return buffers_[step % 2].stage(); }

  const Dataset& dataset_;
  const DataPlan plan_;
  const int threads_;
  const Augmentation augmentation_;
  BadRecords bad_records_;
  std::array<StageBuffer, 2> buffers_;
  std::uint64_t next_step_;
  bool handed_out_ = false;
  double wait_seconds_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::uint64_t fill_before_;           ///< steps below this have a stage to fill
  std::array<int, 2> parts_done_ = {};  ///< per stage; threads_: ready
  std::array<std::vector<std::exception_ptr>, 2> errors_;  ///< per stage and worker
  bool stopping_ = false;

  std::vector<std::thread> workers_;
};

}  // namespace lockstep
