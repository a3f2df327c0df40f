#include "core/checkpoint/checkpoint_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/safetensors_layout.h"
#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

struct NamedValues {
  std::string name;
  std::vector<float> values;
};

void WriteFile(const fs::path& path, const std::vector<NamedValues>& tensors) {
  std::vector<SafetensorsSpec> specs;
  for (const NamedValues& tensor : tensors) {
    specs.push_back(
        {tensor.name, DataType::kF32, Shape{static_cast<std::int64_t>(tensor.values.size())}});
  }
  const SafetensorsLayout layout(specs);
  PosixFile file(path, PosixFile::Mode::kCreateOrReplace);
  file.WriteAt(layout.header(), 0);
  for (const NamedValues& tensor : tensors) {
    file.WriteAt(std::as_bytes(std::span(tensor.values)), layout.OffsetOf(tensor.name));
  }
}

// A folder with one model file and its manifest.
fs::path WriteCheckpoint(const fs::path& folder, const std::vector<NamedValues>& tensors) {
  fs::create_directory(folder);
  WriteFile(folder / kModelFile, tensors);
  const std::string manifest = Manifest::OfFolder(folder).ToText();
  PosixFile(folder / Manifest::kFileName, PosixFile::Mode::kCreate).WriteAt(manifest, 0);
  return folder;
}

class CheckpointDifferenceTest : public ::testing::Test {
 protected:
  std::vector<TensorDifference> Between(const std::vector<NamedValues>& a,
                                        const std::vector<NamedValues>& b) const {
    return DifferencesBetween(WriteCheckpoint(folder_ / "a", a), WriteCheckpoint(folder_ / "b", b));
  }

  TemporaryFolder folder_;
};

TEST_F(CheckpointDifferenceTest, FindsNothingBetweenEqualTensorsInAnotherOrder) {
  EXPECT_TRUE(Between({{"x", {1, 2}}, {"y", {3}}}, {{"y", {3}}, {"x", {1, 2}}}).empty());
}

TEST_F(CheckpointDifferenceTest, CountsElementsAndMeasuresTheLargestDistance) {
  const auto differences = Between({{"x", {1, 2, 3}}, {"y", {5}}}, {{"x", {1, 4, 2}}, {"y", {5}}});
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0], (TensorDifference{"model x", 3, 2, 2.0, ""}));
}

TEST_F(CheckpointDifferenceTest, SeesTheSignOfZero) {
  const auto differences = Between({{"x", {0.0F}}}, {{"x", {-0.0F}}});
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].differing, 1);
  EXPECT_EQ(differences[0].largest, 0);
}

TEST_F(CheckpointDifferenceTest, ShowsANumberThatIsNone) {
  const auto differences =
      Between({{"x", {std::numeric_limits<float>::quiet_NaN(), 1}}}, {{"x", {0, 2}}});
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_TRUE(std::isnan(differences[0].largest));
}

TEST_F(CheckpointDifferenceTest, NamesTensorsOfOneSideAndOtherShapes) {
  const auto differences = Between({{"a", {1}}, {"both", {1}}}, {{"b", {1}}, {"both", {1, 1}}});
  ASSERT_EQ(differences.size(), 3U);
  EXPECT_EQ(differences[0].why, "only in the first");
  EXPECT_EQ(differences[1].why, "another shape or type");
  EXPECT_EQ(differences[2].why, "only in the second");
}

TEST_F(CheckpointDifferenceTest, RefusesADamagedCheckpoint) {
  const fs::path a = WriteCheckpoint(folder_ / "a", {{"x", {1}}});
  const fs::path b = WriteCheckpoint(folder_ / "b", {{"x", {1}}});
  WriteFile(b / kModelFile, {{"x", {2}}});
  EXPECT_THROW(DifferencesBetween(a, b), DataError);
}

}  // namespace
}  // namespace lockstep
