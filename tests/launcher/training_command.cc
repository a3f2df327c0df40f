#include "tests/launcher/training_command.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <span>
#include <thread>

#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/run_paths.h"
#include "core/data/glyph_painter.h"
#include "core/data/idx_file.h"

namespace lockstep {
namespace {

std::string Program() { return std::string(LOCKSTEP_BINARY_DIR) + "/lockstep"; }

/// Pictures first .. first + count - 1 of the series as the two files that begin with `prefix`.
void WriteSplit(const std::string& prefix, std::int64_t first, std::int64_t count) {
  constexpr std::int64_t kSide = GlyphPainter::kSide;
  constexpr std::size_t kBytes = kSide * kSide;
  IdxArray images = {{count, kSide, kSide}, {}};
  IdxArray labels = {{count}, {}};
  images.values.resize(static_cast<std::size_t>(count) * kBytes);
  const GlyphPainter painter;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::uint64_t number = static_cast<std::uint64_t>(first) + i;
    painter.Paint(number, std::span(images.values).subspan(i * kBytes, kBytes));
    labels.values.push_back(static_cast<std::uint8_t>(GlyphPainter::LabelOf(number)));
  }
  WriteIdxFile(prefix + "-images-idx3-ubyte", images);
  WriteIdxFile(prefix + "-labels-idx1-ubyte", labels);
}

std::vector<std::string> MpirunOptions(int ranks) {
  return {"--oversubscribe", "--bind-to", "none", "-n", std::to_string(ranks)};
}

void Append(std::vector<std::string>& words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::vector<std::string> ProgramArguments(const TrainingCommand& command) {
  const std::string recipe = LOCKSTEP_SOURCE_DIR "/configs/lenet_glyphs.textproto";
  std::vector<std::string> arguments = command.wrapper;
  Append(arguments, {Program(), "train", command.config.empty() ? recipe : command.config.string(),
                     "--json", "--run-dir", command.run_dir.string(), "--resume", command.resume});
  Append(arguments, command.flags);
  std::vector<std::string> settings = {"data.path=" + GlyphsFolder().string(),
                                       "batch=64",
                                       "shards=8",
                                       "threads_per_rank=1",
                                       "steps=40",
                                       "log_every=5",
                                       "model.dropout=0.25",
                                       "augmentation.crop_padding=2",
                                       "augmentation.horizontal_flip=0.5",
                                       "bucket_kib=64",
                                       "verify_every=20",
                                       "evaluation.every_epochs=1"};
  Append(settings, command.overrides);
  for (const std::string& setting : settings) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  return arguments;
}

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
  return std::filesystem::path(LOCKSTEP_BINARY_DIR) / "test-data" /
         ("glyphs-" + std::to_string(kTrainGlyphs) + "-" + std::to_string(kTestGlyphs));
}

void MakeGlyphs() {
  if (std::filesystem::exists(GlyphsFolder())) return;
  // Tests may run side by side: each makes a folder of its own, the first one to end wins.
  const auto made = GlyphsFolder().string() + "-" + std::to_string(getpid());
  std::filesystem::create_directories(made);
  WriteSplit(made + "/train", 0, kTrainGlyphs);
  WriteSplit(made + "/t10k", kTrainGlyphs, kTestGlyphs);
  std::error_code lost;
  std::filesystem::rename(made, GlyphsFolder(), lost);
  if (lost) std::filesystem::remove_all(made);
}

void TrainingCommand::SetSteps(std::int64_t steps) {
  overrides.insert(overrides.end(), {"schedule.type=CONSTANT", "steps=" + std::to_string(steps)});
}

std::vector<std::string> TrainingCommand::Arguments() const {
  if (ranks == 1) return ProgramArguments(*this);
  std::vector<std::string> arguments = {"mpirun"};
  Append(arguments, MpirunOptions(ranks));
  Append(arguments, ProgramArguments(*this));
  return arguments;
}

std::vector<std::string> ArgumentsOfOneJob(const TrainingCommand& first,
                                           const TrainingCommand& second) {
  std::vector<std::string> arguments = {"mpirun"};
  Append(arguments, MpirunOptions(first.ranks));
  Append(arguments, ProgramArguments(first));
  arguments.emplace_back(":");
  Append(arguments, {"-n", std::to_string(second.ranks)});
  Append(arguments, ProgramArguments(second));
  return arguments;
}

std::vector<std::string> ArgumentsOfLaunch(const TrainingCommand& command,
                                           const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {Program(), "launch", "-n", std::to_string(command.ranks)};
  Append(arguments, options);
  arguments.emplace_back("--");
  const std::vector<std::string> train = ProgramArguments(command);
  arguments.insert(arguments.end(), train.begin() + 1, train.end());
  return arguments;
}

ProcessOptions MpiProcessOptions() {
  ProcessOptions options;
  options.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
  return options;
}

std::int64_t NewestStep(const std::filesystem::path& run_dir) {
  const auto checkpoints = CheckpointStore(RunPaths{run_dir}.checkpoints()).List();
  return checkpoints.empty() ? 0 : checkpoints.back().step;
}

bool WaitForCheckpoint(Process& run, const std::filesystem::path& run_dir, std::int64_t step) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (NewestStep(run_dir) < step) {
    if (!run.running() || std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::vector<pid_t> DescendantsOf(pid_t process) {
  std::vector<pid_t> descendants = ChildrenOf(process);
  for (std::size_t i = 0; i < descendants.size(); ++i) {
    for (pid_t child : ChildrenOf(descendants[i])) descendants.push_back(child);
  }
  return descendants;
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
