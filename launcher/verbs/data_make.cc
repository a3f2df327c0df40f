#include "launcher/verbs/data_make.h"

#include <fmt/format.h>

#include <system_error>

#include "core/checkpoint/system_call_error.h"
#include "core/data/glyph_painter.h"
#include "core/data/glyphs.h"
#include "core/errors.h"
#include "launcher/json_text.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImages = "train-images-idx3-ubyte";
// Magic number and three extents of four bytes each, then a byte a pixel.
constexpr std::uint64_t kImagesBytes =
    16 + static_cast<std::uint64_t>(kGlyphsTrain) * GlyphPainter::kSide * GlyphPainter::kSide;

void MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted) {
    ThrowSystemCallError("mkdir", folder.string(), error.value());
  }
  if (error || !fs::is_directory(folder)) {
    throw OutputError(fmt::format("--output {}: the folder cannot be made: {}; name another one",
                                  folder.string(),
                                  error ? error.message() : "something else has that name"));
  }
}

// Generated files may be written again; another data set under the same names is never replaced,
// nor put out of sight by plain files beside its packed ones.
void CheckHoldsNoOther(const fs::path& folder) {
  std::error_code error;
  const bool packed = fs::exists(folder / fmt::format("{}.gz", kImages), error);
  const fs::path plain = folder / kImages;
  const bool other = fs::exists(plain, error) && fs::file_size(plain, error) != kImagesBytes;
  if (packed || other) {
    throw OutputError(
        fmt::format("--output {}: holds another data set; name another folder", folder.string()));
  }
}

}  // namespace

ExitCode RunDataMakeGlyphs(const DataMakeOptions& options, Console& console) {
  MakeFolder(options.output);
  CheckHoldsNoOther(options.output);
  WriteGlyphs(options.output);
  console.Info(fmt::format("{}: {} training and {} validation images", options.output.string(),
                           kGlyphsTrain, kGlyphsTest));
  if (options.json) {
    console.Result(JsonText(
        {{"path", options.output.string()}, {"train", kGlyphsTrain}, {"validation", kGlyphsTest}}));
  }
  return ExitCode::kDone;
}

}  // namespace lockstep
