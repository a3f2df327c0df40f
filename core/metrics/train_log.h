#pragma once

// logs/train.jsonl: one JSON object a line for each logged step, for people's scripts. Not part of
// a checkpoint.
//
// line = { "step": n, "samples": n, "epoch": x, "loss": x, "learning_rate": x,
//          "images_per_second": x, "data_wait_ms": x, "comm_wait_ms": x } LF
//   a number that is not finite is null

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/checkpoint/posix_file.h"

namespace lockstep {

struct TrainLogLine {
  std::int64_t step = 0;     ///< steps completed, this one included
  std::int64_t samples = 0;  ///< samples consumed
  double epoch = 0;          ///< samples consumed, in passes over the training set
  double loss = 0;           ///< of the step's batch, before the update
  double learning_rate = 0;
  double images_per_second = 0;  ///< since the line before, without evaluations and saves
  double data_wait_ms = 0;       ///< a step, waiting for the loader
  double comm_wait_ms = 0;       ///< a step, waiting for other ranks
};

/// With its end of line.
std::string ToJson(const TrainLogLine& line);

/// Not thread-safe. Throws SystemCallError.
class TrainLog {
 public:
  /// Opens for appending. Lines past `resumed_step`, which the run is going to write again, and a
  /// last line that a crash cut are removed; step 0 starts an empty log.
  TrainLog(const std::filesystem::path& path, std::int64_t resumed_step);

  /// One write a line, so that a reader that follows the file sees whole lines. A line that fails
  /// leaves no part of it.
  void Write(const TrainLogLine& line);

 private:
  PosixFile file_;
};

}  // namespace lockstep
