#pragma once

// STATUS.json: how a run is doing, for whoever looks from outside. Replaced as a whole, so a reader
// never sees a part of it.
//
// STATUS.json = { "state": text, "step": n, "samples": n, "epoch": x, "loss": x, "accuracy": x,
//                 "updated": "2024-05-01T12:00:00Z", "pid": n, "host": name }
//   a number that is unknown or not finite is null

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lockstep {

struct RunStatus {
  std::string state;  ///< "training", "evaluating", "saving", "done", "preempted", "failed"
  std::int64_t step = 0;
  std::int64_t samples = 0;
  double epoch = 0;
  std::optional<double> loss;      ///< of the last step
  std::optional<double> accuracy;  ///< of the last evaluation
};

/// Not thread-safe.
class StatusFile {
 public:
  explicit StatusFile(std::filesystem::path path);
  /// Adds time, process and host. Throws SystemCallError. Not synced: a status is worth nothing
  /// after a crash.
  void Write(const RunStatus& status) const;

 private:
  std::filesystem::path path_;
};

}  // namespace lockstep
