#pragma once

// Short real training runs as a user starts them.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/launcher/process.h"

namespace lockstep {

/// Makes the embedded data set once for all tests, below the build folder.
void MakeGlyphs();
/// Where MakeGlyphs puts it.
std::filesystem::path GlyphsFolder();

/// 40 steps of LeNet with dropout, batch 64 in 8 shards, 1 thread a rank.
struct TrainingCommand {
  int ranks = 1;  ///< 1: without mpirun
  std::filesystem::path run_dir;
  std::vector<std::string> overrides;
  std::string resume = "auto";
  std::filesystem::path config;      ///< empty: the recipe of the embedded data set
  std::vector<std::string> wrapper;  ///< starts each rank, e.g. {"taskset", "-c", "0"}
  std::vector<std::string> flags;

  /// The command line, with --json.
  std::vector<std::string> Arguments() const;
};

/// Lets mpirun start more ranks than cores, and as root.
ProcessOptions MpiProcessOptions();

/// The processes that `launcher` (mpirun) started, once there are `count`; fewer after 30 s.
std::vector<pid_t> WaitForRanks(pid_t launcher, int count);
/// Whether a process has ended or does so in time.
bool EndsWithin(pid_t process, std::chrono::seconds limit);

}  // namespace lockstep
