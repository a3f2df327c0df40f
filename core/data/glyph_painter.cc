#include "core/data/glyph_painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/random/draw_sequence.h"
#include "core/random/purpose.h"

namespace lockstep {

namespace {

// The data set is always the same one: its key is not the seed of a run.
constexpr std::uint64_t kKey = 0x676c79706873;
constexpr int kStrayStrokes = 2;

/// On a grid of 5 x 5 points named row by row, "a" the upper left corner and "y" the lower right;
/// each pair of letters is a stroke.
constexpr std::array<std::string_view, GlyphPainter::kClasses> kSigns = {
    "bddjjttxxvvppffb",  // O, with eight sides
    "ayeu",              // X
    "aecw",              // T
    "auuy",              // L
    "aeeuuy",            // Z
    "amemmw",            // Y
    "aueyko",            // H
    "auaekouy",          // E
    "cucyln",            // A
    "auaeeook",          // P
};

struct Point {
  float x = 0;
  float y = 0;
};

Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y}; }
float Dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y; }

struct Stroke {
  Point from;
  Point to;
};

struct Brush {
  float half_width = 1;  ///< pixels
  float brightness = 255;
};

/// Turns the square [-1, 1] x [-1, 1] into a place on the canvas, in pixels.
class Distortion {
 public:
  explicit Distortion(DrawSequence& draws) {
    // With t = tan(angle / 2), cosine and sine are rational: no library function that could differ
    // in its last bit.
    const float t = draws.Uniform(-0.18F, 0.18F);
    const float cosine = (1 - t * t) / (1 + t * t);
    const float sine = 2 * t / (1 + t * t);
    const float width = draws.Uniform(5.5F, 8.5F);
    const float height = draws.Uniform(5.5F, 8.5F);
    const float shear = draws.Uniform(-0.3F, 0.3F);
    x_axis_ = {cosine * width, sine * width};
    y_axis_ = {(cosine * shear - sine) * height, (sine * shear + cosine) * height};
    constexpr float kMiddle = (GlyphPainter::kSide - 1) / 2.0F;
    center_ = {kMiddle + draws.Uniform(-5, 5), kMiddle + draws.Uniform(-5, 5)};
  }

  Point operator()(const Point& p) const {
    return {center_.x + x_axis_.x * p.x + y_axis_.x * p.y,
            center_.y + x_axis_.y * p.x + y_axis_.y * p.y};
  }

 private:
  Point x_axis_;
  Point y_axis_;
  Point center_;
};

/// The picture while it is being painted: brightness as float, the brightest stroke wins.
class Canvas {
 public:
  void Add(const Stroke& stroke, const Brush& brush) {
    const Point direction = stroke.to - stroke.from;
    const float length_squared = std::max(Dot(direction, direction), 1e-6F);
    for (std::size_t i = 0; i < kPixels; ++i) {
      const std::size_t row = i / GlyphPainter::kSide;
      const Point pixel = {static_cast<float>(i % GlyphPainter::kSide), static_cast<float>(row)};
      const Point offset = pixel - stroke.from;
      const float along = std::clamp(Dot(offset, direction) / length_squared, 0.0F, 1.0F);
      const Point away = offset - Point{along * direction.x, along * direction.y};
      const float distance = std::sqrt(Dot(away, away));
      const float coverage = std::clamp(brush.half_width + 0.5F - distance, 0.0F, 1.0F);
      values_[i] = std::max(values_[i], brush.brightness * coverage);
    }
  }

  /// Adds noise of a triangular distribution and rounds.
  void Develop(DrawSequence& draws, std::span<std::uint8_t> pixels) const {
    const float background = draws.Uniform(0, 60);
    const float amplitude = draws.Uniform(10, 50);
    for (std::size_t i = 0; i < kPixels; ++i) {
      const std::uint32_t word = draws.Word();
      const float noise = ToUnitFloat(word & 0xFFFF0000) - ToUnitFloat(word << 16);
      const float value = std::max(values_[i], background) + amplitude * noise;
      pixels[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
    }
  }

 private:
  static constexpr std::size_t kPixels = GlyphPainter::kSide * GlyphPainter::kSide;
  std::array<float, kPixels> values_ = {};
};

Point GridPoint(char letter) {
  const int number = letter - 'a';
  const int row = number / 5;
  return {static_cast<float>(number % 5) / 2 - 1, static_cast<float>(row) / 2 - 1};
}

void AddSign(std::string_view sign, DrawSequence& draws, Canvas& canvas) {
  const Distortion distort(draws);
  const Brush brush = {draws.Uniform(0.6F, 1.3F), draws.Uniform(160, 255)};
  for (std::size_t i = 0; i + 1 < sign.size(); i += 2) {
    canvas.Add({distort(GridPoint(sign[i])), distort(GridPoint(sign[i + 1]))}, brush);
  }
}

void AddStrayStroke(DrawSequence& draws, Canvas& canvas) {
  constexpr float kEnd = GlyphPainter::kSide - 1;
  const Point from = {draws.Uniform(0, kEnd), draws.Uniform(0, kEnd)};
  const Point to = {from.x + draws.Uniform(-6, 6), from.y + draws.Uniform(-6, 6)};
  canvas.Add({from, to}, {draws.Uniform(0.3F, 0.8F), draws.Uniform(60, 150)});
}

}  // namespace

void GlyphPainter::Paint(std::uint64_t number, std::span<std::uint8_t> pixels) const {
  DrawSequence draws(kKey, PurposeWord(Purpose::kGlyphs), number);
  Canvas canvas;
  AddSign(kSigns[static_cast<std::size_t>(LabelOf(number))], draws, canvas);
  for (int i = 0; i < kStrayStrokes; ++i) AddStrayStroke(draws, canvas);
  canvas.Develop(draws, pixels);
}

}  // namespace lockstep
