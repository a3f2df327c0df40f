#include "launcher/read_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/data/idx_file.h"
#include "core/errors.h"
#include "core/files/file_source.h"
#include "core/image/pnm.h"

namespace lockstep {
namespace {

/// A record of an IDX file, as the command line names it.
struct IdxRecord {
  std::filesystem::path file;
  std::int64_t record = 0;
};

/// Nothing where `name` is a file by itself or does not end in a colon and a number.
std::optional<IdxRecord> ParseIdxRecord(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(name)) return std::nullopt;
  IdxRecord record{name.substr(0, colon), 0};
  const char* last = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + colon + 1, last, record.record);
  if (parsed.ec != std::errc() || parsed.ptr != last) return std::nullopt;
  return record;
}

Image ReadIdxRecord(const IdxRecord& record) {
  const IdxArray array = ReadIdxFile(record.file, 3);
  if (record.record < 0 || record.record >= array.extents[0]) {
    throw DataError(fmt::format("{}: expected a record from 0 to {}, got {}", record.file.string(),
                                array.extents[0] - 1, record.record));
  }
  Image image{array.extents[1], array.extents[2], 1, {}};
  const std::int64_t bytes = image.height * image.width;
  const auto first = array.values.begin() + record.record * bytes;
  image.pixels.assign(first, first + bytes);
  return image;
}

/// A format that people take for one of ours, by the bytes with which its files begin.
struct OtherFormat {
  std::string_view magic;
  std::string_view name;
};

/// PNG: W3C Portable Network Graphics, 5.2; JPEG: ITU-T T.81, B.1.1.3; the plain forms of Netpbm.
constexpr std::array kOtherFormats = {
    OtherFormat{"\x89PNG", "a PNG picture"},
    OtherFormat{"\xff\xd8\xff", "a JPEG picture"},
    OtherFormat{"P2", "a PGM picture in plain text"},
    OtherFormat{"P3", "a PPM picture in plain text"},
};

constexpr std::string_view kIdxOfBytes("\0\0\x08", 3);
constexpr std::string_view kGzip("\x1f\x8b", 2);

/// The first bytes of a file; fewer where it is shorter.
std::string BeginningOf(const std::string& path) {
  std::array<std::uint8_t, 4> bytes = {};
  const std::size_t count = FileSource(path).Read(bytes);
  return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Throws DataError that says what to do with a file that is no picture of ours.
void RefuseOtherFormats(const std::string& path, const ImageShape& shape) {
  const std::string beginning = BeginningOf(path);
  const auto begins_with = [&](std::string_view magic) { return beginning.rfind(magic, 0) == 0; };
  if (begins_with(kIdxOfBytes) || begins_with(kGzip)) {
    throw DataError(fmt::format(
        "{}: expected one picture, got a file of many records; name a record: {}:0", path, path));
  }
  for (const OtherFormat& format : kOtherFormats) {
    if (!begins_with(format.magic)) continue;
    throw DataError(
        fmt::format("{}: got {}, but only binary PGM and PPM can be read so far; convert it first, "
                    "for example with ImageMagick: convert {} -depth 8 out.{}",
                    path, format.name, path, shape.channels == 3 ? "ppm" : "pgm"));
  }
}

Image ReadPictureFile(const std::string& path, const ImageShape& shape) {
  RefuseOtherFormats(path, shape);
  return ReadPnm(path);
}

std::vector<std::uint8_t> GreyToRgb(const std::vector<std::uint8_t>& grey) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(grey.size() * 3);
  for (std::uint8_t value : grey) rgb.insert(rgb.end(), 3, value);
  return rgb;
}

/// L = (19595 R + 38470 G + 7471 B + 2^15) / 2^16: ITU-R BT.601 as Pillow's convert("L") computes
/// it.
std::vector<std::uint8_t> RgbToGrey(const std::vector<std::uint8_t>& rgb) {
  std::vector<std::uint8_t> grey(rgb.size() / 3);
  for (std::size_t pixel = 0; pixel < grey.size(); ++pixel) {
    const std::uint32_t luma = 19595U * rgb[3 * pixel] + 38470U * rgb[3 * pixel + 1] +
                               7471U * rgb[3 * pixel + 2] + 0x8000U;
    grey[pixel] = static_cast<std::uint8_t>(luma >> 16);
  }
  return grey;
}

/// difference / 2, rounded half to even.
std::int64_t OffsetOfCentre(std::int64_t difference) {
  const std::int64_t half = difference / 2;
  return difference % 2 == 0 ? half : half + half % 2;
}

/// The middle of a picture that is as large as `shape` or larger.
Image CutCentre(const Image& image, const ImageShape& shape) {
  Image centre{shape.height, shape.width, image.channels, {}};
  const std::int64_t top = OffsetOfCentre(image.height - shape.height);
  const std::int64_t left = OffsetOfCentre(image.width - shape.width);
  for (std::int64_t row = 0; row < shape.height; ++row) {
    const std::int64_t pixel = (top + row) * image.width + left;
    const auto first = image.pixels.begin() + pixel * image.channels;
    centre.pixels.insert(centre.pixels.end(), first, first + shape.width * image.channels);
  }
  return centre;
}

std::string SizesOf(const PictureForm& form) {
  std::string sizes = fmt::format("a picture of {} x {} pixels (height x width)",
                                  form.images.height, form.images.width);
  if (form.shorter_side > 0) {
    sizes += fmt::format(", or one whose shorter side has {}, of which the centre is taken",
                         form.shorter_side);
  }
  return sizes;
}

/// Throws DataError where the picture has none of the sizes of `form`.
Image FitSize(Image image, const std::string& name, const PictureForm& form) {
  const ImageShape& shape = form.images;
  if (image.height == shape.height && image.width == shape.width) return image;
  const std::int64_t shorter = std::min(image.height, image.width);
  if (form.shorter_side > 0 && shorter == form.shorter_side) return CutCentre(image, shape);
  throw DataError(fmt::format("{}: expected {}, got {} x {}; resize it first", name, SizesOf(form),
                              image.height, image.width));
}

}  // namespace

std::vector<std::uint8_t> ReadPicture(const std::string& name, const PictureForm& form) {
  const auto record = ParseIdxRecord(name);
  Image image =
      FitSize(record ? ReadIdxRecord(*record) : ReadPictureFile(name, form.images), name, form);
  if (image.channels == form.images.channels) return std::move(image.pixels);
  return form.images.channels == 3 ? GreyToRgb(image.pixels) : RgbToGrey(image.pixels);
}

}  // namespace lockstep
