#include "core/image/pnm.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <span>
#include <string>

#include "core/errors.h"
#include "core/files/byte_source.h"

namespace lockstep {

namespace {

// Keeps height * width * channels far from overflow.
constexpr std::int64_t kMaxExtent = 1 << 20;
constexpr std::int64_t kMaxSample8 = 255;
constexpr std::int64_t kMaxSample16 = 65535;
/// Of a number in a message.
constexpr std::size_t kShownDigits = 20;

/// Takes the fields of the header, one after the other.
class PnmHeader {
 public:
  PnmHeader(const std::filesystem::path& path, std::span<const std::uint8_t> bytes)
      : path_(path.string()), bytes_(bytes) {}

  /// Channels by the magic number.
  std::int64_t TakeChannels() {
    if (bytes_.size() >= 2 && bytes_[0] == 'P' && (bytes_[1] == '5' || bytes_[1] == '6')) {
      position_ = 2;
      return bytes_[1] == '5' ? 1 : 3;
    }
    throw DataError(fmt::format(
        "{}: expected a binary PGM or PPM picture, which begins with P5 or P6; got neither",
        path_));
  }

  /// A number in [1, most], behind a gap.
  std::int64_t TakeNumber(const char* what, std::int64_t most) {
    SkipGap(what);
    std::string digits;
    const std::size_t first = position_;
    while (position_ < bytes_.size() && std::isdigit(bytes_[position_]) != 0) {
      digits += static_cast<char>(bytes_[position_++]);
    }
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (number < 1 || number > most) {
      throw DataError(fmt::format("{}, byte {}: expected the {} as a number from 1 to {}, got {}",
                                  path_, first, what, most,
                                  digits.empty() ? "no number" : digits.substr(0, kShownDigits)));
    }
    return number;
  }

  /// The largest sample. Netpbm has pictures of two bytes a sample; ours have one.
  std::int64_t TakeMaximum() {
    const std::int64_t maximum = TakeNumber("maximum", kMaxSample16);
    if (maximum <= kMaxSample8) return maximum;
    throw DataError(fmt::format(
        "{}: expected samples of 8 bits, a maximum of at most {}, got {}; convert it first, for "
        "example with ImageMagick: convert {} -depth 8 out.pgm",
        path_, kMaxSample8, maximum, path_));
  }

  /// What follows the single space behind the last number.
  std::span<const std::uint8_t> TakeRaster() {
    if (position_ == bytes_.size() || std::isspace(bytes_[position_]) == 0) {
      throw DataError(
          fmt::format("{}, byte {}: expected a space behind the maximum", path_, position_));
    }
    return bytes_.subspan(position_ + 1);
  }

 private:
  void SkipGap(const char* what) {
    const std::size_t first = position_;
    while (position_ < bytes_.size() &&
           (std::isspace(bytes_[position_]) != 0 || bytes_[position_] == '#')) {
      if (bytes_[position_] == '#') {
        SkipComment();
      } else {
        ++position_;
      }
    }
    if (position_ == first) {
      throw DataError(
          fmt::format("{}, byte {}: expected a space before the {}", path_, first, what));
    }
  }

  void SkipComment() {
    while (position_ < bytes_.size() && bytes_[position_] != '\n') ++position_;
  }

  std::string path_;
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

std::vector<std::uint8_t> ScaleSamples(std::span<const std::uint8_t> raster, std::int64_t maximum,
                                       const std::filesystem::path& path) {
  std::vector<std::uint8_t> scaled;
  scaled.reserve(raster.size());
  for (const std::uint8_t sample : raster) {
    if (sample > maximum) {
      throw DataError(
          fmt::format("{}: expected samples of at most {}, the header's maximum, got {}",
                      path.string(), maximum, sample));
    }
    scaled.push_back(static_cast<std::uint8_t>((sample * 255 + maximum / 2) / maximum));
  }
  return scaled;
}

}  // namespace

Image ReadPnm(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = ReadFileBytes(path);
  PnmHeader header(path, bytes);
  Image image;
  image.channels = header.TakeChannels();
  image.width = header.TakeNumber("width", kMaxExtent);
  image.height = header.TakeNumber("height", kMaxExtent);
  const std::int64_t maximum = header.TakeMaximum();
  const auto raster = header.TakeRaster();
  const auto expected = static_cast<std::size_t>(image.height * image.width * image.channels);
  if (raster.size() != expected) {
    throw DataError(fmt::format("{}: expected {} bytes of pixels for {} x {} x {}, got {}",
                                path.string(), expected, image.height, image.width, image.channels,
                                raster.size()));
  }
  image.pixels = ScaleSamples(raster, maximum, path);
  return image;
}

}  // namespace lockstep
