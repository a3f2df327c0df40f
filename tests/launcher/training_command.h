#pragma once

// Short real training runs as a user starts them.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/launcher/process.h"

namespace lockstep {

/// Few, so that a short run crosses borders of epochs; no multiple of a batch, so that these lie
/// within a batch.
inline constexpr std::int64_t kTrainGlyphs = 1000;
inline constexpr std::int64_t kTestGlyphs = 200;

/// Makes the beginning of the generated data set once for all tests, below the build folder.
void MakeGlyphs();
/// Where MakeGlyphs puts it.
std::filesystem::path GlyphsFolder();

/// 40 steps of LeNet with dropout and augmentation, batch 64 in 8 shards, 1 thread a rank: 2.56
/// epochs, with an evaluation after each.
struct TrainingCommand {
  int ranks = 1;  ///< 1: without mpirun
  std::filesystem::path run_dir;
  std::vector<std::string> overrides;
  std::string resume = "auto";
  std::filesystem::path config;      ///< empty: the recipe of the embedded data set
  std::vector<std::string> wrapper;  ///< starts each rank, e.g. {"taskset", "-c", "0"}
  std::vector<std::string> flags;

  /// Ends the run after `steps`, with a learning rate that does not depend on them, so that a
  /// resume may name another number.
  void SetSteps(std::int64_t steps);
  /// The command line, with --json.
  std::vector<std::string> Arguments() const;
};

/// One job of both commands' ranks, each started with its own command line.
std::vector<std::string> ArgumentsOfOneJob(const TrainingCommand& first,
                                           const TrainingCommand& second);

/// The same training under `lockstep launch`, with `options` of launch.
std::vector<std::string> ArgumentsOfLaunch(const TrainingCommand& command,
                                           const std::vector<std::string>& options = {});

/// Lets mpirun start more ranks than cores, and as root.
ProcessOptions MpiProcessOptions();

/// The step of the newest checkpoint; 0 where there is none.
std::int64_t NewestStep(const std::filesystem::path& run_dir);
/// Waits until there is a checkpoint of `step` or a later one; false where `run` ends before, or
/// after 60 s.
bool WaitForCheckpoint(Process& run, const std::filesystem::path& run_dir, std::int64_t step);

/// The children of a process, their children and so on.
std::vector<pid_t> DescendantsOf(pid_t process);
/// The processes that `launcher` (mpirun) started, once there are `count`; fewer after 30 s.
std::vector<pid_t> WaitForRanks(pid_t launcher, int count);
/// Whether a process has ended or does so in time.
bool EndsWithin(pid_t process, std::chrono::seconds limit);

}  // namespace lockstep
