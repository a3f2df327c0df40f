#include "core/data/glyphs.h"

#include <fmt/format.h>

#include "core/data/glyph_painter.h"
#include "core/data/idx_file.h"
#include "core/errors.h"

namespace lockstep {

namespace {

/// A part of the series of pictures.
struct Range {
  std::uint64_t first = 0;
  std::int64_t count = 0;
};

IdxArray PaintRange(const Range& range) {
  constexpr std::int64_t kSide = GlyphPainter::kSide;
  constexpr std::size_t kBytes = kSide * kSide;
  IdxArray images = {{range.count, kSide, kSide}, {}};
  images.values.resize(static_cast<std::size_t>(range.count) * kBytes);
  const GlyphPainter painter;
  for (std::size_t i = 0; i < static_cast<std::size_t>(range.count); ++i) {
    painter.Paint(range.first + i, std::span(images.values).subspan(i * kBytes, kBytes));
  }
  return images;
}

IdxArray LabelRange(const Range& range) {
  IdxArray labels = {{range.count}, {}};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(range.count); ++i) {
    labels.values.push_back(static_cast<std::uint8_t>(GlyphPainter::LabelOf(range.first + i)));
  }
  return labels;
}

}  // namespace

void WriteGlyphs(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw IoError(fmt::format("create directory {}: {}", folder.string(), error.message()));
  }
  const Range train = {0, kGlyphsTrain};
  const Range test = {kGlyphsTrain, kGlyphsTest};
  WriteIdxFile(folder / "train-images-idx3-ubyte", PaintRange(train));
  WriteIdxFile(folder / "train-labels-idx1-ubyte", LabelRange(train));
  WriteIdxFile(folder / "t10k-images-idx3-ubyte", PaintRange(test));
  WriteIdxFile(folder / "t10k-labels-idx1-ubyte", LabelRange(test));
}

}  // namespace lockstep
