#include "tests/launcher/training_command.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/data/glyphs.h"

namespace lockstep {
namespace {

std::string Program() { return std::string(LOCKSTEP_BINARY_DIR) + "/lockstep"; }

std::vector<pid_t> ChildrenOf(pid_t parent) {
  const std::string pid = std::to_string(parent);
  std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

/// The letter of proc(5): 'R', 'S', 'Z' for a process that has ended and waits for its parent; 0
/// where there is none.
char StateOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string pid, name;
  char state = 0;
  file >> pid >> name >> state;
  return state;
}

}  // namespace

std::filesystem::path GlyphsFolder() {
  return std::filesystem::path(LOCKSTEP_BINARY_DIR) / "test-data" / "glyphs";
}

void MakeGlyphs() {
  if (std::filesystem::exists(GlyphsFolder())) return;
  // Tests may run side by side: each makes a folder of its own, the first one to end wins.
  const auto made = GlyphsFolder().string() + "-" + std::to_string(getpid());
  WriteGlyphs(made);
  std::error_code lost;
  std::filesystem::rename(made, GlyphsFolder(), lost);
  if (lost) std::filesystem::remove_all(made);
}

std::vector<std::string> TrainingCommand::Arguments() const {
  std::vector<std::string> arguments;
  if (ranks > 1) {
    arguments = {"mpirun", "--oversubscribe", "--bind-to", "none", "-n", std::to_string(ranks)};
  }
  arguments.insert(arguments.end(), wrapper.begin(), wrapper.end());
  const std::string recipe = LOCKSTEP_SOURCE_DIR "/configs/lenet_glyphs.textproto";
  arguments.insert(arguments.end(), {Program(), "train", config.empty() ? recipe : config.string(),
                                     "--json", "--run-dir", run_dir.string(), "--resume", resume});
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<std::string> settings = {"data.path=" + GlyphsFolder().string(),
                                       "batch=64",
                                       "shards=8",
                                       "threads_per_rank=1",
                                       "steps=40",
                                       "log_every=5",
                                       "model.dropout=0.25",
                                       "bucket_kib=64",
                                       "verify_every=20"};
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  for (const std::string& setting : settings) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  return arguments;
}

ProcessOptions MpiProcessOptions() {
  ProcessOptions options;
  options.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  return options;
}

std::vector<pid_t> WaitForRanks(pid_t launcher, int count) {
  std::vector<pid_t> ranks;
  for (int attempt = 0; attempt < 3000; ++attempt) {
    ranks = ChildrenOf(launcher);
    if (static_cast<int>(ranks.size()) >= count) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return ranks;
}

bool EndsWithin(pid_t process, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (StateOf(process) != '\0' && StateOf(process) != 'Z') {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace lockstep
