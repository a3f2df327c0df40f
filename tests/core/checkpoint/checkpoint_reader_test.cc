#include "core/checkpoint/checkpoint_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/file_system.h"
#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/safetensors_layout.h"
#include "core/checkpoint/tensor_permutation.h"
#include "core/errors.h"
#include "tests/core/checkpoint/small_plan.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// Writes the weights of `plan` as another program would: whole tensors, no manifest.
void WriteModelFile(const std::filesystem::path& path, const Plan& plan,
                    const std::vector<float>& all) {
  const SafetensorsLayout layout = ModelLayoutOf(plan);
  PosixFile file(path, PosixFile::Mode::kCreateOrReplace);
  file.WriteAt(layout.header(), 0);
  file.Resize(layout.file_bytes());
  for (const ParameterPlace& place : plan.parameters) {
    if (!IsSaved(place.kind)) continue;
    const std::vector<float> tensor =
        ToFileOrder(place.layout, std::span(all).subspan(static_cast<std::size_t>(place.offset),
                                                         static_cast<std::size_t>(place.elements)));
    file.WriteAt(std::as_bytes(std::span(tensor)), layout.OffsetOf(place.name));
  }
}

std::string ErrorOf(const Plan& plan, const std::filesystem::path& path) {
  try {
    LoadWeightsFile(plan, path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "loaded";
}

TEST(CheckpointReaderTest, LoadsAModelFileOfAnotherProgram) {
  const TemporaryFolder folder;
  const Plan plan = SmallPlan(2);
  std::vector<float> expected = FilledBuffer(plan, 3);
  WriteModelFile(folder / "m", plan, expected);
  for (const ParameterPlace& place : plan.parameters) {
    if (place.kind != ParameterKind::kControl) continue;
    std::fill_n(expected.begin() + place.offset, place.elements, 0.0F);
  }
  EXPECT_EQ(LoadWeightsFile(plan, folder / "m"), expected);
  EXPECT_THROW(LoadWeightsFile(plan, folder / "absent"), InputMissing);
}

TEST(CheckpointReaderTest, NamesMissingAndUnknownTensors) {
  const TemporaryFolder folder;
  const Plan plan = SmallPlan(1);
  Plan other = plan;
  other.parameters[0].name = "else.weight";
  WriteModelFile(folder / "m", other, FilledBuffer(plan, 1));
  EXPECT_THAT(ErrorOf(plan, folder / "m"), HasSubstr(plan.parameters[0].name));
  other = plan;
  other.parameters.pop_back();
  EXPECT_THAT(ErrorOf(other, folder / "m"), HasSubstr("else.weight"));
  WriteModelFile(folder / "m", plan, FilledBuffer(plan, 1));
  EXPECT_THAT(ErrorOf(other, folder / "m"), HasSubstr(plan.parameters.back().name));
}

TEST(CheckpointReaderTest, NamesShapesExpectedAndGot) {
  const TemporaryFolder folder;
  const Plan plan = SmallPlan(1);
  WriteModelFile(folder / "m", plan, FilledBuffer(plan, 1));
  Plan other = plan;
  for (ParameterPlace& place : other.parameters) {
    if (place.name == "wide.weight") place.layout.file_shape = Shape{100, 33};
  }
  EXPECT_THAT(ErrorOf(other, folder / "m"),
              HasSubstr("\"wide.weight\": expected F32 [100, 33], got F32 [33, 100]"));
}

}  // namespace
}  // namespace lockstep
