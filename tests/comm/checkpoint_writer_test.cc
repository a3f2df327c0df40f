#include "core/checkpoint/checkpoint_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "comm/communicators.h"
#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/checkpoint/file_system.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/run_directory.h"
#include "core/checkpoint/safetensors_file.h"
#include "core/checkpoint/system_call_error.h"
#include "core/checkpoint/weights_digest.h"
#include "core/errors.h"
#include "tests/core/checkpoint/file_size_limit.h"
#include "tests/core/checkpoint/small_plan.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

RunState StateAt(std::int64_t step) {
  RunState state;
  state.step = step;
  state.samples = 8 * step;
  state.seed = 7;
  return state;
}

/// What one rank saves at `step`: weights of that version, momentum of the next.
void SaveOnRank(CheckpointStore& store, Communicator& communicator, std::int64_t step,
                const CheckpointWriterOptions& options = {}) {
  const Plan plan = SmallPlan(communicator.size());
  const int version = static_cast<int>(step);
  const std::vector<float> master =
      PackedSlices(plan, communicator.rank(), FilledBuffer(plan, version));
  const std::vector<float> momentum =
      PackedSlices(plan, communicator.rank(), FilledBuffer(plan, version + 1));
  CheckpointWriter writer(store, plan, communicator, options);
  writer.Save({StateAt(step), master, {{"momentum", momentum}}});
}

void SaveByRanks(int ranks, const std::filesystem::path& folder, std::int64_t step,
                 const CheckpointWriterOptions& options = {}) {
  RunAsThreads(ranks, [&](Communicator& communicator) {
    CheckpointStore store(folder);
    SaveOnRank(store, communicator, step, options);
  });
}

/// FilledBuffer where only parameters of these kinds are not zero.
template <typename Predicate>
std::vector<float> OnlyKinds(const Plan& plan, std::vector<float> all, const Predicate& wanted) {
  for (const ParameterPlace& place : plan.parameters) {
    if (!wanted(place.kind)) std::fill_n(all.begin() + place.offset, place.elements, 0.0F);
  }
  return all;
}

TEST(CheckpointWriterTest, WritesTheSameBytesOnAnyNumberOfRanks) {
  const TemporaryFolder folder;
  SaveByRanks(1, folder / "1", 3);
  const CheckpointStore store(folder / "1");
  const auto expected = FilesIn(store.PathOf(3));
  ASSERT_EQ(expected.size(), 4U);
  for (int ranks = 2; ranks <= 5; ++ranks) {
    const std::filesystem::path other = folder / std::to_string(ranks);
    SaveByRanks(ranks, other, 3);
    EXPECT_EQ(FilesIn(CheckpointStore(other).PathOf(3)), expected) << ranks << " ranks";
  }
}

TEST(CheckpointWriterTest, LoadsOnAnotherNumberOfRanks) {
  const TemporaryFolder folder;
  SaveByRanks(3, folder.path(), 3);
  const std::filesystem::path path = CheckpointStore(folder.path()).Find(3).path;
  const Plan plan = SmallPlan(2);
  EXPECT_EQ(LoadWeights(plan, path), OnlyKinds(plan, FilledBuffer(plan, 3), IsSaved));
  EXPECT_EQ(LoadMoment(plan, path, "momentum"), OnlyKinds(plan, FilledBuffer(plan, 4), IsTrained));
  EXPECT_EQ(LoadState(path), StateAt(3));
  EXPECT_THROW(LoadMoment(plan, path, "exp_avg"), DataError);
}

TEST(CheckpointWriterTest, WritesShapesAndCountersAsPyTorchHasThem) {
  const TemporaryFolder folder;
  SaveByRanks(2, folder.path(), 3);
  const std::filesystem::path path = CheckpointStore(folder.path()).PathOf(3);
  const SafetensorsFile model = SafetensorsFile::Read(path / kModelFile);
  EXPECT_EQ(model.Find("conv.weight")->shape, (Shape{16, 7, 5, 5}));
  EXPECT_EQ(model.Find("fc.weight")->shape, (Shape{10, 30}));
  EXPECT_EQ(model.Find("loss.control"), nullptr);
  const SafetensorsTensor* counter = model.Find("bn.num_batches_tracked");
  ASSERT_NE(counter, nullptr);
  EXPECT_EQ(counter->type, DataType::kI64);
  EXPECT_EQ(counter->shape, Shape());
  EXPECT_EQ(model.Bytes(*counter)[0], std::byte{3});
  const SafetensorsFile optimizer = SafetensorsFile::Read(path / kOptimizerFile);
  EXPECT_NE(optimizer.Find("bn.weight.momentum"), nullptr);
  EXPECT_EQ(optimizer.Find("bn.running_mean.momentum"), nullptr);
}

TEST(CheckpointWriterTest, HashesEqualBitsAlikeAndOthersNot) {
  const TemporaryFolder folder;
  SaveByRanks(1, folder / "a", 3);
  SaveByRanks(4, folder / "b", 3);
  SaveByRanks(1, folder / "c", 4);
  const auto digest = [&](const char* name, std::int64_t step) {
    return WeightsDigest(CheckpointStore(folder / name).PathOf(step));
  };
  EXPECT_EQ(digest("a", 3), digest("b", 3));
  EXPECT_NE(digest("a", 3), digest("c", 4));
}

TEST(CheckpointWriterTest, SavesWithoutMoments) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  const auto self = MakeSelfCommunicator();
  const Plan plan = SmallPlan(1);
  const std::vector<float> master = FilledBuffer(plan, 1);
  CheckpointWriter(store, plan, *self).Save({StateAt(1), master, {}});
  EXPECT_EQ(LoadWeights(plan, store.Find(1).path), OnlyKinds(plan, master, IsSaved));
  EXPECT_THROW(
      CheckpointWriter(store, plan, *self).Save({StateAt(2), std::span(master).subspan(1), {}}),
      std::invalid_argument);
}

TEST(CheckpointWriterTest, GivesUpOnEveryRankWhereTheDiskIsFull) {
  // From too little for the header to too little for the last tensor.
  const TemporaryFolder folder;
  SaveByRanks(2, folder.path(), 1);
  const auto before = FilesIn(CheckpointStore(folder.path()).PathOf(1));
  for (const rlim_t bytes : {100, 1'000, 10'000, 25'000}) {
    std::atomic<int> failures = 0;
    {
      const FileSizeLimit limit(bytes);
      RunAsThreads(2, [&](Communicator& communicator) {
        CheckpointStore store(folder.path());
        try {
          SaveOnRank(store, communicator, 2, {1, {}});
        } catch (const SystemCallError& error) {
          failures += error.error_number() == EFBIG ? 1 : 0;
        }
      });
    }
    EXPECT_EQ(failures, 2) << bytes;
    EXPECT_THAT(ListFolder(folder.path()),
                testing::ElementsAre(folder / "CURRENT", folder / "step-000000001"));
  }
  EXPECT_EQ(FilesIn(CheckpointStore(folder.path()).PathOf(1)), before);
  SaveByRanks(2, folder.path(), 2);
  EXPECT_EQ(CheckpointStore(folder.path()).Newest().entry->step, 2);
}

TEST(CheckpointWriterTest, NamesTheRankThatFailed) {
  const TemporaryFolder folder;
  ReplaceFile(folder / "file", "not a folder", Durability::kSurvivesProcess);
  std::atomic<int> failures = 0;
  RunAsThreads(3, [&](Communicator& communicator) {
    // Only rank 1 looks for its files where no folder can be.
    CheckpointStore store(communicator.rank() == 1 ? folder / "file" : folder / "checkpoints");
    try {
      SaveOnRank(store, communicator, 1);
    } catch (const SystemCallError& error) {
      EXPECT_THAT(error.what(), HasSubstr("rank 1: open of "));
      ++failures;
    }
  });
  EXPECT_EQ(failures, 3);
  EXPECT_TRUE(ListFolder(folder / "checkpoints").empty());
}

TEST(CheckpointWriterTest, DoesNotCommitForAStaleGeneration) {
  const TemporaryFolder folder;
  const RunDirectory stale(folder / "run");
  const CheckpointWriterOptions options{0, [&] { stale.CheckGeneration(); }};
  SaveByRanks(2, stale.paths().checkpoints(), 1, options);
  ReplaceFile(stale.paths().lock(), "generation 1\npid 1\nhost h\n", Durability::kSurvivesProcess);
  const RunDirectory owner(folder / "run");
  EXPECT_THROW(SaveByRanks(2, stale.paths().checkpoints(), 2, options), OutputError);
  EXPECT_EQ(CheckpointStore(stale.paths().checkpoints()).List().size(), 1U);
}

TEST(CheckpointWriterTest, ResumesFromTheOlderOneWhereTheNewestIsBroken) {
  const TemporaryFolder folder;
  SaveByRanks(2, folder.path(), 1);
  SaveByRanks(2, folder.path(), 2);
  CheckpointStore store(folder.path());
  PosixFile(store.PathOf(2) / kModelFile, PosixFile::Mode::kWrite).WriteAt("x", 2'000);
  EXPECT_THROW(LoadWeights(SmallPlan(1), store.PathOf(2)), DataError);
  EXPECT_EQ(store.Newest().entry->step, 1);
  // The run comes to step 2 again and replaces the broken one.
  SaveByRanks(3, folder.path(), 2);
  EXPECT_EQ(store.Newest().entry->step, 2);
  EXPECT_TRUE(store.Newest().skipped.empty());
}

/// Saves step after step until it is killed.
[[noreturn]] void SaveForever(const std::filesystem::path& folder) {
  CheckpointStore store(folder);
  const auto self = MakeSelfCommunicator();
  const auto newest = store.Newest().entry;
  for (std::int64_t step = newest ? newest->step + 1 : 1;; ++step) {
    SaveOnRank(store, *self, step, {2, {}});
  }
}

TEST(CheckpointWriterTest, IsWholeWheneverItsProcessIsKilled) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  SaveByRanks(1, folder.path(), 1);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) SaveForever(folder.path());
    ::usleep(static_cast<useconds_t>(1'000 + 1'700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (const CheckpointEntry& entry : store.List()) {
      EXPECT_NO_THROW(store.Find(entry.step)) << "round " << round;
    }
    EXPECT_TRUE(store.Newest().entry) << "round " << round;
  }
}

}  // namespace
}  // namespace lockstep
